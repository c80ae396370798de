using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>All that is fixed for steps of up to so many rows: tables, products, and how attention is cut.</summary>
internal sealed class StepBucket
{
    /// <summary>
    /// With more rows than this a tile of several rows saves loads of keys, and a row's bits depend on its company.
    /// </summary>
    public const int MostDecodeRows = GemvKernel.MaxRows;

    public StepBucket(
        int rows, StepKernels kernels, MatrixProducts products, ModelWidths widths, int targetBlocks)
    {
        Rows = rows;
        UsesSpans = kernels.AttentionSpans is not null && rows > MostDecodeRows;
        int itemRows = UsesSpans ? AttentionSpansKernel.ItemRows(kernels.Attention) : AttentionDecodeKernel.ItemRows;
        Attention = new AttentionTiling(rows, itemRows, targetBlocks, kernels.Attention.KvHeads);
        Tables = new StepTableLayout(rows, Attention.Items);
        QueryKeyValue = products.For(new(widths.QueryKeyValue, widths.Hidden, ProductResult.Partial), rows);
        Output = products.For(new(widths.Hidden, widths.Attended, ProductResult.Partial), rows);
        GateUp = products.For(new(2 * widths.Mlp, widths.Hidden, ProductResult.SiluMul), rows);
        Down = products.For(new(widths.Hidden, widths.Mlp, ProductResult.Partial), rows);
    }

    public int Rows { get; }

    /// <summary>Attention goes through the kernel for many rows.</summary>
    public bool UsesSpans { get; }

    /// <summary>How it is cut.</summary>
    public AttentionTiling Attention { get; }

    public StepTableLayout Tables { get; }

    public MatrixProduct QueryKeyValue { get; }

    public MatrixProduct Output { get; }

    public MatrixProduct GateUp { get; }

    public MatrixProduct Down { get; }

    public IEnumerable<MatrixProduct> Products => [QueryKeyValue, Output, GateUp, Down];
}
