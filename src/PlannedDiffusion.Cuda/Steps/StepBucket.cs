using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>Everything that steps of a bucket share: the layout of their tables, products, and attention.</summary>
internal sealed class StepBucket
{
    /// <summary>
    /// The most rows of steps whose rows attend one by one. With more rows, items have several rows, which share loads
    /// of keys. Then the bits of a row depend on the other rows.
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

    /// <summary>True if attention uses the kernel for many rows.</summary>
    public bool UsesSpans { get; }

    /// <summary>How attention is cut into items.</summary>
    public AttentionTiling Attention { get; }

    public StepTableLayout Tables { get; }

    public MatrixProduct QueryKeyValue { get; }

    public MatrixProduct Output { get; }

    public MatrixProduct GateUp { get; }

    public MatrixProduct Down { get; }

    public IEnumerable<MatrixProduct> Products => [QueryKeyValue, Output, GateUp, Down];
}
