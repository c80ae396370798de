using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// All that is compiled, loaded and chosen for the steps of a model, for every bucket of rows. Nothing of it depends on
/// the weights, so a cache can be filled without them.
/// </summary>
internal sealed class StepPrograms
{
    /// <param name="library">The kernels.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="settings">Precision, limits, and whose kernels multiply, by which table.</param>
    /// <param name="cuBlas">Null where it is not installed or not wanted.</param>
    public StepPrograms(KernelLibrary library, ModelConfig config, CudaSettings settings, CuBlas? cuBlas)
    {
        // First what is quick to refuse.
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
        // Compiling takes most of a cold start, and the buckets differ in their tiles.
        KernelLibrary.InParallel(
        [
            .. Enumerable.Range(0, Buckets.Length).Select<int, Action>(i => () =>
                Buckets[i] = new StepBucket(RowSizes.Size(i), Kernels, products, Widths, TargetBlocks)),
            .. Enumerable.Range(1, Heads.Length - 1).Select<int, Action>(i => () =>
                Heads[i] = products.For(
                    new ProductShape(Widths.Vocabulary, Widths.Hidden, ProductResult.Whole), LogitsSizes.Size(i))),
        ]);
    }

    /// <summary>Where the choice of products comes from.</summary>
    public string ProductTable { get; }

    public ModelWidths Widths { get; }

    public StepKernels Kernels { get; }

    /// <summary>Blocks that attention is cut into at least.</summary>
    public int TargetBlocks { get; }

    public RowBuckets RowSizes { get; }

    public RowBuckets LogitsSizes { get; }

    public StepBucket[] Buckets { get; }

    /// <summary>By logits bucket; null for no logits, which is the first.</summary>
    public MatrixProduct?[] Heads { get; }
}
