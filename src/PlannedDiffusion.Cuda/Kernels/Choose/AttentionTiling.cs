using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>
/// Cuts the attention of a bucket's steps into items. An item is neighbouring rows of one sequence, which share loads
/// of keys. If there are too few items to fill the device, the keys of an item are split. Every pair of a row and a key
/// that it sees is in exactly one item. No item has a key that none of its rows sees.
/// <para>
/// In buckets of up to <see cref="GemvKernel.MaxRows"/> rows with one row per item, each row is split as if it were
/// alone. So the bits of its sums do not depend on other rows. In larger buckets the rows share the device.
/// </para>
/// </summary>
internal readonly record struct AttentionTiling
{
    /// <summary>Keys of a tile of <c>attention_spans</c>, and the fewest keys of a split.</summary>
    public const int SpanKeys = 64;

    /// <summary>The fewest keys of a split of a single row.</summary>
    public const int DecodeKeys = 32;

    /// <summary>Blocks of either kernel that a multiprocessor runs at once.</summary>
    public const int BlocksPerMultiprocessor = 2;

    private readonly int _rows, _room;
    private readonly bool _alone;

    /// <param name="rows">The most rows of a step.</param>
    /// <param name="itemRows">The most rows of an item; 1 for <c>attention_decode</c>.</param>
    /// <param name="targetBlocks">The number of blocks that the device runs at once.</param>
    /// <param name="kvHeads">Key/value heads: the blocks of an item.</param>
    public AttentionTiling(int rows, int itemRows, int targetBlocks, int kvHeads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(itemRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(kvHeads, 1);
        ItemRows = itemRows;
        _rows = rows;
        _room = targetBlocks / kvHeads;
        _alone = itemRows == 1 && rows <= GemvKernel.MaxRows;
    }

    /// <summary>The most rows of an item.</summary>
    public int ItemRows { get; }

    /// <summary>The most items of a step.</summary>
    public int Items => Math.Max(_rows, SplitItems);

    /// <summary>The most items of a step with splits. Partial results need room for this many.</summary>
    public int SplitItems => _alone ? _rows * _room : _room;

    /// <summary>Blocks per head to launch for a step. They take the items in turn.</summary>
    public int Blocks => Math.Max(_rows, _room);

    /// <summary>Bytes of <c>partial_values</c> that a step needs at most.</summary>
    public long PartialValueBytes(AttentionShape shape) => PartialRows(shape) * shape.HeadWidth * sizeof(float);

    /// <summary>Bytes of <c>partial_stats</c> that a step needs at most.</summary>
    public long PartialStatBytes(AttentionShape shape) => PartialRows(shape) * 2 * sizeof(float);

    /// <summary>Writes the items of a step, and into each row the items that contain it.</summary>
    /// <param name="rows">All rows of the step. Those of a sequence are adjacent.</param>
    /// <param name="items">Room for <see cref="Items"/> items.</param>
    /// <returns>The number of items.</returns>
    public int Tile(Span<StepRow> rows, Span<AttentionItem> items)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows.Length, _rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(items.Length, Items);
        int count = Pack(rows, items);
        int unit = ItemRows == 1 ? DecodeKeys : SpanKeys;
        int together = _alone ? 1 : count; // items that share the device
        for (int first = 0; first < count; first += together)
        {
            Span<AttentionItem> sharing = items.Slice(first, together);
            int unitsPerSplit = _room <= together ? int.MaxValue : UnitsPerSplit(sharing, unit, _room);
            foreach (ref AttentionItem item in sharing) item.Splits = Splits(item, unit, unitsPerSplit);
        }

        return Split(rows, items, count, unit);
    }

    private long PartialRows(AttentionShape shape) => (long)SplitItems * ItemRows * shape.Heads;

    /// <summary>Makes items of as many neighbouring rows as fit, with all keys that they see.</summary>
    private int Pack(ReadOnlySpan<StepRow> rows, Span<AttentionItem> items)
    {
        int count = 0;
        for (int first = 0, next; first < rows.Length; first = next)
        {
            KeyRanges keys = default;
            for (next = first; next < rows.Length && next - first < ItemRows; next++)
            {
                if (rows[next].Sequence != rows[first].Sequence || !keys.TryAdd(rows[next])) break;
            }

            items[count++] = new AttentionItem
            {
                FirstRow = first,
                Rows = next - first,
                Begin0 = keys.First.Start,
                End0 = keys.First.End,
                Begin1 = keys.Second.Start,
                End1 = keys.Second.End,
            };
        }

        return count;
    }

    /// <summary>The smallest number of units per split that makes at most <paramref name="room"/> items.</summary>
    private static int UnitsPerSplit(ReadOnlySpan<AttentionItem> items, int unit, int room)
    {
        int low = 1, high = 1;
        foreach (ref readonly AttentionItem item in items) high = Math.Max(high, Units(item, unit));
        while (low < high)
        {
            int middle = (low + high) / 2, total = 0;
            foreach (ref readonly AttentionItem item in items) total += Splits(item, unit, middle);
            if (total <= room) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    /// <summary>
    /// Replaces the items by their splits. It goes from the last to the first, because splits need more room.
    /// </summary>
    private static int Split(Span<StepRow> rows, Span<AttentionItem> items, int count, int unit)
    {
        int total = 0;
        foreach (ref readonly AttentionItem item in items[..count]) total += item.Splits;
        for (int i = count - 1, end = total; i >= 0; i--)
        {
            AttentionItem whole = items[i];
            end -= whole.Splits;
            for (int split = 0; split < whole.Splits; split++) items[end + split] = Part(whole, unit, split);
            foreach (ref StepRow row in rows.Slice(whole.FirstRow, whole.Rows))
            {
                row.FirstItem = end;
                row.Splits = whole.Splits;
            }
        }

        return total;
    }

    private static AttentionItem Part(in AttentionItem whole, int unit, int split)
    {
        int units = Units(whole, unit), splits = whole.Splits;
        int begin = (int)((long)units * split / splits), end = (int)((long)units * (split + 1) / splits);
        int units0 = Units(whole.Begin0, whole.End0, unit);
        TokenRange first = Part(whole.Begin0, whole.End0, unit, begin, end);
        TokenRange second = Part(whole.Begin1, whole.End1, unit, begin - units0, end - units0);
        return whole with
        {
            Begin0 = first.Start,
            End0 = first.End,
            Begin1 = second.Start,
            End1 = second.End,
            Split = split,
        };
    }

    /// <summary>Units [from, to) of a range, cut at its ends.</summary>
    private static TokenRange Part(int begin, int end, int unit, int from, int to)
    {
        int start = Math.Min(begin + Math.Max(0, from) * unit, end);
        return new TokenRange(start, Math.Max(start, Math.Min(begin + Math.Max(0, to) * unit, end)));
    }

    private static int Splits(in AttentionItem item, int unit, int unitsPerSplit) =>
        Math.Max(1, (int)(((long)Units(item, unit) + unitsPerSplit - 1) / unitsPerSplit));

    private static int Units(in AttentionItem item, int unit) =>
        Units(item.Begin0, item.End0, unit) + Units(item.Begin1, item.End1, unit);

    private static int Units(int begin, int end, int unit) => (end - begin + unit - 1) / unit;
}
