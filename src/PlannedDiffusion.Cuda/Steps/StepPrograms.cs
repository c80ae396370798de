using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// All kernels for the steps of a model, chosen and loaded for every bucket. They do not depend on the weights, so a
/// cache can be filled without them.
/// </summary>
internal sealed class StepPrograms
{
    /// <param name="library">The kernels.</param>
    /// <param name="config">The shape of the model.</param>
    /// <param name="settings">Precision, limits, and the choice of products.</param>
    /// <param name="cuBlas">Null if it is not installed or not wanted.</param>
    public StepPrograms(KernelLibrary library, ModelConfig config, CudaSettings settings, CuBlas? cuBlas)
    {
        // The table comes first, because a bad one is found quickly.
        var tables = ProductTables.For(library.Device, settings.Cuda.ProductTable);
        Widths = new ModelWidths(config);
        TargetBlocks = library.Device.Multiprocessors * AttentionTiling.BlocksPerMultiprocessor;
        RowSizes = new RowBuckets(settings.Limits.MaxRowsPerStep, withNone: false);
        LogitsSizes = new RowBuckets(settings.Limits.MaxRowsPerStep, withNone: true);
        Buckets = new StepBucket[RowSizes.Count];
        Heads = new MatrixProduct?[LogitsSizes.Count];
        Kernels = new StepKernels(library, config, settings.Precision);
        var products = new MatrixProducts(library, Kernels.Options.BFloat16, cuBlas, tables, settings.Cuda.Products);
        ProductTable = tables.Description;
        // Compiling takes most of a cold start, and buckets need different tiles.
        KernelLibrary.InParallel(
        [
            .. Enumerable.Range(0, Buckets.Length).Select<int, Action>(i => () =>
                Buckets[i] = new StepBucket(RowSizes.Size(i), Kernels, products, Widths, TargetBlocks)),
            .. Enumerable.Range(1, Heads.Length - 1).Select<int, Action>(i => () =>
                Heads[i] = products.For(
                    new ProductShape(Widths.Vocabulary, Widths.Hidden, ProductResult.Whole), LogitsSizes.Size(i))),
        ]);
    }

    /// <summary>Where the choice of products comes from, for people.</summary>
    public string ProductTable { get; }

    public ModelWidths Widths { get; }

    public StepKernels Kernels { get; }

    /// <summary>The number of attention blocks that the device runs at once.</summary>
    public int TargetBlocks { get; }

    public RowBuckets RowSizes { get; }

    public RowBuckets LogitsSizes { get; }

    public StepBucket[] Buckets { get; }

    /// <summary>
    /// The product of the output head for each logits bucket. The first one, without logits, is null.
    /// </summary>
    public MatrixProduct?[] Heads { get; }
}
