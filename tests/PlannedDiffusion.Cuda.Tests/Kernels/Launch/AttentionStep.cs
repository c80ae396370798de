using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

/// <summary>Rows of several sequences as a step has them, with what each sees.</summary>
internal sealed class AttentionStep
{
    // Sequences do not lie side by side, and none starts the pool.
    private const int Gap = 3;

    private readonly List<StepRow> _rows = [];
    private readonly List<AttentionRange> _visibility = [];
    private int _sequence;

    /// <summary>Positions of the pool; those behind the last sequence belong to none.</summary>
    public int PoolPositions { get; private set; } = Gap;

    public StepRow[] Rows => [.. _rows];

    public int RowCount => _rows.Count;

    public bool Sees(int row, int position) => _visibility[row].Sees(_rows[row].Position, position);

    public AttentionRange Visibility(int row) => _visibility[row];

    /// <summary>The following rows are of a new sequence.</summary>
    public AttentionStep Sequence(int capacity)
    {
        _sequence = PoolPositions;
        PoolPositions += capacity + Gap;
        return this;
    }

    /// <summary>Causal rows of a prompt, a plan or one token.</summary>
    public AttentionStep Causal(int start, int end) => Group(start, end, AttentionRange.CausalFrom(start, end));

    /// <summary>Spans one behind the other, with positions between them that are no rows.</summary>
    public AttentionStep Spans(int prefix, int between, params int[] lengths)
    {
        int start = prefix + between;
        foreach (int length in lengths)
        {
            Group(start, start + length, AttentionRange.Bidirectional(prefix, new TokenRange(start, start + length)));
            start += length + between;
        }

        return this;
    }

    /// <summary>Rows that all see the prefix and each other.</summary>
    public AttentionStep Dense(int prefix, int length) =>
        Group(prefix, prefix + length, AttentionRange.Bidirectional(prefix, new TokenRange(prefix, prefix + length)));

    public AttentionStep Group(int start, int end, AttentionRange visibility)
    {
        for (int position = start; position < end; position++)
        {
            _visibility.Add(visibility);
            _rows.Add(new StepRow
            {
                Pool = _sequence + position,
                Sequence = _sequence,
                Position = position,
                PrefixEnd = visibility.PrefixEnd,
                BlockStart = visibility.Block.Start,
                BlockEnd = visibility.BlockEndFor(position),
                FirstItem = -1,
            });
        }

        return this;
    }
}
