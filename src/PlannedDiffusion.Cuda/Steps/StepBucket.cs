using PlannedDiffusion.Cuda.Kernels;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>All that is fixed for steps of up to so many rows: tables, products, and how attention is cut.</summary>
internal sealed class StepBucket
{
    /// <summary>With more rows than this a tile of several rows saves loads of keys.</summary>
    public const int MostDecodeRows = GemvKernel.MaxRows;

    public StepBucket(
        int rows, StepKernels kernels, MatrixProducts products, ModelWidths widths, int targetBlocks)
    {
        Rows = rows;
        UsesSpans = kernels.AttentionSpans is not null && rows > MostDecodeRows;
        ItemRows = UsesSpans ? AttentionSpansKernel.ItemRows(kernels.Attention) : AttentionDecodeKernel.ItemRows;
        Items = AttentionTiling.MaxItems(rows, targetBlocks, kernels.Attention.KvHeads);
        Tables = new StepTableLayout(rows, Items);
        QueryKeyValue = products.For(new(widths.QueryKeyValue, widths.Hidden, ProductResult.Partial), rows);
        Output = products.For(new(widths.Hidden, widths.Attended, ProductResult.Partial), rows);
        GateUp = products.For(new(2 * widths.Mlp, widths.Hidden, ProductResult.SiluMul), rows);
        Down = products.For(new(widths.Hidden, widths.Mlp, ProductResult.Partial), rows);
    }

    public int Rows { get; }

    /// <summary>Attention goes through the kernel for many rows.</summary>
    public bool UsesSpans { get; }

    /// <summary>Most rows of an attention item.</summary>
    public int ItemRows { get; }

    /// <summary>Most attention items.</summary>
    public int Items { get; }

    public StepTableLayout Tables { get; }

    public MatrixProduct QueryKeyValue { get; }

    public MatrixProduct Output { get; }

    public MatrixProduct GateUp { get; }

    public MatrixProduct Down { get; }

    public IEnumerable<MatrixProduct> Products => [QueryKeyValue, Output, GateUp, Down];
}
