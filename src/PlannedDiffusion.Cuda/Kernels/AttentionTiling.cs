using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Kernels;

/// <summary>
/// Cuts the attention of a step into items: neighbouring rows of one sequence that share loads of keys, and, where
/// there are too few of them to fill the device, parts of the keys they see. Every pair of a row and a key that it sees
/// is in exactly one item, and no item has a key that none of its rows sees.
/// </summary>
internal static class AttentionTiling
{
    /// <summary>Keys that <c>attention_spans</c> visits at once, and the least of a split.</summary>
    public const int SpanKeys = 64;

    /// <summary>The least keys of a split of a single row.</summary>
    public const int DecodeKeys = 32;

    /// <summary>Blocks of either kernel that a multiprocessor has at once.</summary>
    public const int BlocksPerMultiprocessor = 2;

    /// <summary>Room that <see cref="Tile"/> can make use of; with less there are fewer splits.</summary>
    public static int MaxItems(int rows, int targetBlocks, int kvHeads) => Math.Max(rows, targetBlocks / kvHeads);

    /// <summary>Most items of a step that has any split: room for so many is needed for partial results.</summary>
    public static int MaxSplitItems(int targetBlocks, int kvHeads) => targetBlocks / kvHeads;

    /// <summary>Writes the items of a step, and into its rows which items have them.</summary>
    /// <param name="rows">All rows; those of a sequence side by side.</param>
    /// <param name="items">Room for the items; at least as many as rows.</param>
    /// <param name="rowsPerItem">Most rows of an item; 1 for <c>attention_decode</c>.</param>
    /// <param name="targetBlocks">Blocks that the device runs at once.</param>
    /// <param name="kvHeads">Blocks per item.</param>
    /// <returns>The number of items.</returns>
    public static int Tile(
        Span<StepRow> rows, Span<AttentionItem> items, int rowsPerItem, int targetBlocks, int kvHeads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerItem, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(kvHeads, 1);
        int count = Pack(rows, items, rowsPerItem);
        int unit = rowsPerItem == 1 ? DecodeKeys : SpanKeys;
        int room = Math.Min(items.Length, MaxSplitItems(targetBlocks, kvHeads));
        int unitsPerSplit = room <= count ? int.MaxValue : UnitsPerSplit(items[..count], unit, room);
        return Split(rows, items, count, unit, unitsPerSplit);
    }

    /// <summary>Items of as many neighbouring rows as fit, with all keys that they see.</summary>
    private static int Pack(ReadOnlySpan<StepRow> rows, Span<AttentionItem> items, int rowsPerItem)
    {
        int count = 0;
        for (int first = 0, next; first < rows.Length; first = next)
        {
            if (count == items.Length)
                throw new ArgumentException($"{rows.Length} rows need more than {items.Length} attention items.");
            KeyRanges keys = default;
            for (next = first; next < rows.Length && next - first < rowsPerItem; next++)
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

    /// <summary>The smallest number of units per split that makes no more items than there is room for.</summary>
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

    /// <summary>Replaces the items by their splits, from the last to the first as those need more room.</summary>
    private static int Split(Span<StepRow> rows, Span<AttentionItem> items, int count, int unit, int unitsPerSplit)
    {
        int total = 0;
        foreach (ref readonly AttentionItem item in items[..count]) total += Splits(item, unit, unitsPerSplit);
        for (int i = count - 1, end = total; i >= 0; i--)
        {
            AttentionItem whole = items[i];
            int splits = Splits(whole, unit, unitsPerSplit);
            end -= splits;
            for (int split = 0; split < splits; split++) items[end + split] = Part(whole, unit, split, splits);
            foreach (ref StepRow row in rows.Slice(whole.FirstRow, whole.Rows))
            {
                row.FirstItem = end;
                row.Splits = splits;
            }
        }

        return total;
    }

    private static AttentionItem Part(in AttentionItem whole, int unit, int split, int splits)
    {
        int units = Units(whole, unit);
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
            Splits = splits,
        };
    }

    /// <summary>Units [from, to) of a range, as far as it has them.</summary>
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
