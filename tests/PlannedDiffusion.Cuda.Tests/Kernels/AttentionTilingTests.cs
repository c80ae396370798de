using PlannedDiffusion.Cuda.Kernels;
using PlannedDiffusion.Models;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels;

public sealed class AttentionTilingTests
{
    private const int H200Blocks = 2 * 132;

    [Fact]
    public void RowsOfNeighbouringSpansShareAnItem()
    {
        AttentionStep step = new AttentionStep().Sequence(800).Spans(512, 0, 60, 60, 60, 60);
        AttentionItem[] items = Tile(step, 9, targetBlocks: 0, kvHeads: 4, out StepRow[] rows);
        Assert.Equal(27, items.Length);
        // Rows 54 to 62: six of the first span, three of the second.
        Assert.Equal((54, 9), (items[6].FirstRow, items[6].Rows));
        Assert.Equal((0, 632, 0, 0), Ranges(items[6]));
        Assert.Equal((0, 512, 572, 632), Ranges(items[7]));
        Assert.All(rows, row => Assert.Equal(1, row.Splits));
    }

    [Fact]
    public void TooFewItemsAreSplitUntilTheyFillTheDevice()
    {
        AttentionStep step = new AttentionStep().Sequence(800).Spans(512, 0, 60, 60, 60, 60);
        AttentionItem[] items = Tile(step, 9, H200Blocks, kvHeads: 4, out _);
        Assert.Equal(2 * 27, items.Length);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(32, 1)]
    [InlineData(33, 2)]
    [InlineData(512, 16)]
    [InlineData(4096, 64)]
    public void OneRowIsSplitIntoParts(int keys, int items)
    {
        AttentionStep step = new AttentionStep().Sequence(keys).Causal(keys - 1, keys);
        Assert.Equal(items, Tile(step, 1, H200Blocks, kvHeads: 4, out _).Length);
    }

    [Fact]
    public void SpansThatDoNotTouchAreNotOneRange()
    {
        AttentionStep step = new AttentionStep().Sequence(800).Spans(100, 2, 5, 5, 5);
        AttentionItem[] items = Tile(step, 64, targetBlocks: 0, kvHeads: 1, out _);
        Assert.Equal(3, items.Length);
    }

    [Fact]
    public void TooLittleRoomIsRefused()
    {
        AttentionStep step = new AttentionStep().Sequence(8).Causal(0, 8);
        var items = new AttentionItem[7];
        Assert.Throws<ArgumentException>(() => AttentionTiling.Tile(step.Rows, items, 1, H200Blocks, 4));
    }

    [Fact]
    public void NothingIsAllocated()
    {
        StepRow[] rows = new AttentionStep().Sequence(800).Spans(512, 0, 60, 60).Causal(700, 720).Rows;
        var items = new AttentionItem[H200Blocks];
        int expected = AttentionTiling.Tile(rows, items, 9, H200Blocks, 4);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = AttentionTiling.Tile(rows, items, 9, H200Blocks, 4);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(expected, count);
    }

    /// <summary>What a row sees is in exactly one of its items; what no row of an item sees is not in it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(64)]
    public void EveryVisiblePairIsCoveredOnce(int rowsPerItem)
    {
        var random = new Random(rowsPerItem);
        for (int trial = 0; trial < 150; trial++)
        {
            AttentionStep step = RandomStep(random);
            int kvHeads = random.Next(1, 9), target = random.Next(0, 300);
            AttentionItem[] items = Tile(step, rowsPerItem, target, kvHeads, out StepRow[] rows);
            CheckItems(items, step, rowsPerItem, target, kvHeads);
            CheckRows(items, rows, step);
        }
    }

    private static void CheckItems(AttentionItem[] items, AttentionStep step, int rowsPerItem, int target, int kvHeads)
    {
        bool split = items.Any(item => item.Splits > 1);
        if (split) Assert.True(items.Length <= AttentionTiling.MaxSplitItems(target, kvHeads));
        foreach (AttentionItem item in items)
        {
            Assert.InRange(item.Rows, 1, rowsPerItem);
            Assert.True(0 <= item.Begin0 && item.Begin0 <= item.End0);
            Assert.True(item.Begin1 == item.End1 || item.End0 <= item.Begin1);
            int[] keys = [.. Keys(item)];
            Assert.NotEmpty(keys);
            Assert.All(keys, key => Assert.Contains(Members(item), row => step.Sees(row, key)));
        }
    }

    private static void CheckRows(AttentionItem[] items, StepRow[] rows, AttentionStep step)
    {
        for (int row = 0; row < rows.Length; row++)
        {
            var times = new int[step.PoolPositions];
            for (int split = 0; split < rows[row].Splits; split++)
            {
                AttentionItem item = items[rows[row].FirstItem + split];
                Assert.Equal((split, rows[row].Splits), (item.Split, item.Splits));
                Assert.Contains(row, Members(item));
                Assert.Equal(rows[row].Sequence, rows[item.FirstRow].Sequence);
                foreach (int key in Keys(item)) times[key]++;
            }

            for (int key = 0; key < times.Length; key++)
            {
                if (step.Sees(row, key)) Assert.Equal(1, times[key]);
                else Assert.InRange(times[key], 0, 1);
            }
        }
    }

    private static AttentionItem[] Tile(
        AttentionStep step, int rowsPerItem, int targetBlocks, int kvHeads, out StepRow[] rows)
    {
        rows = step.Rows;
        var items = new AttentionItem[AttentionTiling.MaxItems(rows.Length, targetBlocks, kvHeads)];
        return items[..AttentionTiling.Tile(rows, items, rowsPerItem, targetBlocks, kvHeads)];
    }

    private static (int, int, int, int) Ranges(AttentionItem item) => (item.Begin0, item.End0, item.Begin1, item.End1);

    private static IEnumerable<int> Members(AttentionItem item) => Enumerable.Range(item.FirstRow, item.Rows);

    private static IEnumerable<int> Keys(AttentionItem item) =>
        Enumerable.Range(item.Begin0, item.End0 - item.Begin0)
            .Concat(Enumerable.Range(item.Begin1, item.End1 - item.Begin1));

    private static AttentionStep RandomStep(Random random)
    {
        var step = new AttentionStep();
        for (int sequence = random.Next(1, 4); sequence > 0; sequence--)
        {
            step.Sequence(600);
            int prefix = random.Next(3) == 0 ? 0 : random.Next(300);
            switch (random.Next(4))
            {
                case 0: step.Causal(prefix, prefix + random.Next(1, 70)); break;
                case 1: step.Dense(prefix, random.Next(1, 70)); break;
                case 2: step.Spans(prefix, random.Next(4), [.. Lengths(random)]); break;
                default:
                    // A causal row behind spans of which some are computed again.
                    step.Spans(prefix, random.Next(2), [.. Lengths(random)]);
                    step.Group(500, 503, new AttentionRange(prefix / 2, new TokenRange(400, 503), true));
                    break;
            }
        }

        return step;
    }

    private static IEnumerable<int> Lengths(Random random) =>
        Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(1, 25));
}
