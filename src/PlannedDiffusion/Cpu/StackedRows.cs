using PlannedDiffusion.Models;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Cpu;

/// <summary>
/// Rows of one or several weight tensors as one matrix to pack: below each other (query, key, value), or in turns, a
/// panel of each (gate, up), so that both halves of a product that belong together come in one stream.
/// </summary>
internal sealed class StackedRows
{
    private readonly WeightTensor[] _parts;
    private readonly bool _inTurns;

    private StackedRows(WeightTensor[] parts, bool inTurns)
    {
        _parts = parts;
        _inTurns = inTurns;
        foreach (WeightTensor part in parts)
        {
            if (part.Columns != parts[0].Columns)
            {
                throw new ArgumentException(
                    $"{part.Name} has {part.Columns} columns, {parts[0].Name} has {parts[0].Columns}.");
            }
        }
    }

    public static StackedRows Below(params WeightTensor[] parts) => new(parts, inTurns: false);

    public static StackedRows InTurns(WeightTensor first, WeightTensor second) =>
        first.Rows == second.Rows
            ? new([first, second], inTurns: true)
            : throw new ArgumentException($"{first.Name} has {first.Rows} rows, {second.Name} has {second.Rows}.");

    public int Columns => _parts[0].Columns;

    /// <summary>Rows of the packed matrix, padding between the parts included.</summary>
    public int Rows => _inTurns
        ? 2 * ((_parts[0].Rows + PackedMatrix.PanelRows - 1) / PackedMatrix.PanelRows * PackedMatrix.PanelRows)
        : _parts.Sum(part => part.Rows);

    /// <summary>Bytes of the parts as they lie in the checkpoint.</summary>
    public long StoredBytes => _parts.Sum(SizeOf);

    /// <summary>Stored as bf16 if all parts are; f32 and f16 are packed as f32.</summary>
    public bool IsBFloat16 => _parts.All(part => part.Type == DType.BF16);

    /// <summary>Address and type of a row; address 0 for padding.</summary>
    public (nint Address, DType Type) Row(int row)
    {
        WeightTensor part = _parts[0];
        if (_inTurns)
        {
            int panel = row / PackedMatrix.PanelRows;
            part = _parts[panel % 2];
            row = (panel / 2 * PackedMatrix.PanelRows) + (row % PackedMatrix.PanelRows);
        }
        else
        {
            for (int i = 0; row >= part.Rows && i + 1 < _parts.Length; part = _parts[++i]) row -= part.Rows;
        }

        if (row >= part.Rows) return (0, part.Type);
        return (part.Data + (nint)row * part.Columns * ElementSize(part.Type), part.Type);
    }

    /// <summary>Bytes of a tensor in the checkpoint.</summary>
    public static long SizeOf(WeightTensor tensor) => (long)tensor.Rows * tensor.Columns * ElementSize(tensor.Type);

    private static int ElementSize(DType type) => type == DType.F32 ? sizeof(float) : sizeof(ushort);
}
