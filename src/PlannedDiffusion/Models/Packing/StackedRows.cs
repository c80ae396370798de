using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Models.Packing;

/// <summary>Some columns of some rows of a matrix.</summary>
internal readonly record struct ColumnBlock(int FirstRow, int Rows, int FirstColumn, int Columns);

/// <summary>
/// Rows of one or several weight tensors as one matrix in a runner's layout. They are stacked (query, key, value), or
/// interleaved in groups (gate, up), so that rows that are used together are read together.
/// </summary>
internal sealed class StackedRows
{
    /// <summary>Interleaved parts are padded to a multiple of this.</summary>
    private const int RowUnit = 64;

    private readonly WeightTensor[] _parts;
    private readonly int _turn; // rows of one part before the next part's turn; 0: stacked

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
    /// Interleaved: <paramref name="turn"/> rows of the first, as many of the second, and so on. It divides 64.
    /// </summary>
    public static StackedRows InTurns(WeightTensor first, WeightTensor second, int turn) =>
        first.Rows == second.Rows
            ? new([first, second], turn)
            : throw new ArgumentException($"{first.Name} has {first.Rows} rows, {second.Name} has {second.Rows}.");

    public int Columns => _parts[0].Columns;

    /// <summary>Rows of the matrix, with the padding of interleaved parts.</summary>
    public int Rows => _turn > 0
        ? 2 * ((_parts[0].Rows + RowUnit - 1) / RowUnit * RowUnit)
        : _parts.Sum(part => part.Rows);

    /// <summary>The parts' names, for messages.</summary>
    public string Name => string.Join(" + ", _parts.Select(part => part.Name));

    /// <summary>Bytes of the parts in the checkpoint.</summary>
    public long StoredBytes => _parts.Sum(SizeOf);

    /// <summary>True if all parts are stored as bf16.</summary>
    public bool IsBFloat16 => _parts.All(part => part.Type == DType.BF16);

    /// <summary>Reads a block as f32, [rows, columns]; padding is zeros.</summary>
    public void ReadFloats(in ColumnBlock block, Span<float> values) =>
        Read(block, values, WeightValues.ReadFloats);

    /// <summary>Reads a block as bf16, [rows, columns]; padding is zeros.</summary>
    public void ReadBFloat16(in ColumnBlock block, Span<ushort> values) =>
        Read(block, values, WeightValues.ReadBFloat16);

    /// <summary>Bytes of a tensor in the checkpoint.</summary>
    public static long SizeOf(WeightTensor tensor) =>
        (long)tensor.Rows * tensor.Columns * WeightValues.SizeOf(tensor.Type);

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

    private void Read<T>(in ColumnBlock block, Span<T> values, ReadElements<T> read)
    {
        for (int done = 0; done < block.Rows;)
        {
            (WeightTensor part, int row, int rows) = Find(block.FirstRow + done);
            rows = Math.Min(rows, block.Rows - done);
            Span<T> target = values.Slice(done * block.Columns, rows * block.Columns);
            done += rows;
            if (row >= part.Rows)
            {
                target.Clear();
            }
            else if (block.Columns == Columns)
            {
                read(part, (long)row * Columns, target); // one piece of the file
            }
            else
            {
                for (; !target.IsEmpty; target = target[block.Columns..], row++)
                    read(part, (long)row * Columns + block.FirstColumn, target[..block.Columns]);
            }
        }
    }

    /// <summary>
    /// The part with a row, the index of the row in it, and the rows that follow in it. A row beyond the part is
    /// padding.
    /// </summary>
    private (WeightTensor Part, int Row, int Rows) Find(int row)
    {
        if (_turn > 0)
        {
            (int turn, int inTurn) = (row / _turn, row % _turn);
            WeightTensor part = _parts[turn % 2];
            int first = turn / 2 * _turn + inTurn, rest = _turn - inTurn;
            return (part, first, first < part.Rows ? Math.Min(rest, part.Rows - first) : rest);
        }

        int index = 0;
        for (; index + 1 < _parts.Length && row >= _parts[index].Rows; index++) row -= _parts[index].Rows;
        int left = _parts[index].Rows - row;
        return (_parts[index], row, left > 0 ? left : int.MaxValue);
    }

    private delegate void ReadElements<T>(WeightTensor source, long first, Span<T> values);
}
