using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Models;

/// <summary>
/// Rows of one or several weight tensors as one matrix in a runner's layout: below each other (query, key, value), or
/// in turns, some of each (gate, up), so that both halves of a product that belong together come in one stream.
/// </summary>
internal sealed class StackedRows
{
    /// <summary>Parts in turns are padded to a multiple of this.</summary>
    private const int RowUnit = 64;

    private readonly WeightTensor[] _parts;
    private readonly int _turn; // rows of one part before the other's turn; 0: below each other

    private StackedRows(WeightTensor[] parts, int turn)
    {
        _parts = parts;
        _turn = turn;
        foreach (WeightTensor part in parts)
        {
            if (part.Columns != parts[0].Columns)
            {
                throw new ArgumentException(
                    $"{part.Name} has {part.Columns} columns, {parts[0].Name} has {parts[0].Columns}.");
            }
        }
    }

    public static StackedRows Below(params WeightTensor[] parts) => new(parts, turn: 0);

    /// <summary>
    /// So many rows of the first, as many of the second, and so on: <paramref name="turn"/> divides 64.
    /// </summary>
    public static StackedRows InTurns(WeightTensor first, WeightTensor second, int turn) =>
        first.Rows == second.Rows
            ? new([first, second], turn)
            : throw new ArgumentException($"{first.Name} has {first.Rows} rows, {second.Name} has {second.Rows}.");

    public int Columns => _parts[0].Columns;

    /// <summary>Rows of the matrix, padding of parts in turns included.</summary>
    public int Rows => _turn > 0
        ? 2 * ((_parts[0].Rows + RowUnit - 1) / RowUnit * RowUnit)
        : _parts.Sum(part => part.Rows);

    /// <summary>The parts' names, for messages.</summary>
    public string Name => string.Join(" + ", _parts.Select(part => part.Name));

    /// <summary>Bytes of the parts as they lie in the checkpoint.</summary>
    public long StoredBytes => _parts.Sum(SizeOf);

    /// <summary>Stored as bf16 if all parts are; f32 and f16 are packed as f32.</summary>
    public bool IsBFloat16 => _parts.All(part => part.Type == DType.BF16);

    /// <summary>Address and type of a row; address 0 for padding.</summary>
    public (nint Address, DType Type) Row(int row)
    {
        WeightTensor part = _parts[0];
        if (_turn > 0)
        {
            int turn = row / _turn;
            part = _parts[turn % 2];
            row = (turn / 2 * _turn) + (row % _turn);
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

    /// <summary>Bytes of all matrices of a checkpoint, the embedding once if it is tied.</summary>
    public static long SizeOfMatrices(ModelWeights weights)
    {
        bool tied = weights.Embedding.Data == weights.LmHead.Data;
        long total = SizeOf(weights.LmHead) + (tied ? 0 : SizeOf(weights.Embedding));
        foreach (LayerWeights layer in weights.Layers)
        {
            WeightTensor[] matrices =
                [layer.Query, layer.Key, layer.Value, layer.Output, layer.Gate, layer.Up, layer.Down];
            total += matrices.Sum(SizeOf);
        }

        return total;
    }

    private static int ElementSize(DType type) => type == DType.F32 ? sizeof(float) : sizeof(ushort);
}
