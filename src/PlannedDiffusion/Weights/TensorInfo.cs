namespace PlannedDiffusion.Weights;

/// <summary>One tensor of a safetensors file, as its validated header describes it.</summary>
/// <param name="Name">Unique in the file.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar, zeros allowed.</param>
/// <param name="Offset">First byte, counted from the start of the file; not necessarily aligned.</param>
/// <param name="ByteCount">Bytes, equal to the product of the shape times the element size.</param>
internal sealed record TensorInfo(
    string Name, StoredType Type, IReadOnlyList<long> Shape, long Offset, long ByteCount)
{
    /// <summary>Number of elements; 1 for a scalar.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>The shape as it is written in messages: <c>[512, 64]</c>.</summary>
    public string ShapeText => ShapeToText(Shape);

    internal static string ShapeToText(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
