using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Tests.Kernels.Launch;
using PlannedDiffusion.Forward;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Choose;

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

    /// <summary>32 keys each, or as many more as it takes to have no more parts than there is room for.</summary>
    [Fact]
    public void ASingleRowsPartsAreAsSmallAsTheRoomAllows()
    {
        for (int keys = 1; keys <= 5000; keys += 37)
        {
            foreach (int kvHeads in (int[])[1, 2, 4, 8])
            {
                int room = H200Blocks / kvHeads, units = (keys + 31) / 32, unitsPerSplit = 1;
                while ((units + unitsPerSplit - 1) / unitsPerSplit > room) unitsPerSplit++;
                AttentionStep step = new AttentionStep().Sequence(keys).Causal(keys - 1, keys);
                AttentionItem[] items = Tile(step, 1, H200Blocks, kvHeads, out _);
                Assert.Equal((units + unitsPerSplit - 1) / unitsPerSplit, items.Length);
            }
        }
    }

    /// <summary>Up to 8 rows, one to an item: what a row's items have depends on its own keys alone.</summary>
    [Fact]
    public void FewRowsAreSplitAsEachAlone()
    {
        var random = new Random(8);
        bool split = false;
        for (int trial = 0; trial < 300; trial++)
        {
            AttentionStep step = RandomStep(random);
            int first = random.Next(step.RowCount), count = random.Next(1, Math.Min(8, step.RowCount - first) + 1);
            StepRow[] few = step.Rows[first..(first + count)];
            int kvHeads = random.Next(1, 9), target = random.Next(0, 300);
            AttentionItem[] together = Tile(few, 1, target, kvHeads);
            foreach (StepRow row in few)
            {
                StepRow[] one = [row];
                AttentionItem[] alone = Tile(one, 1, target, kvHeads);
                AttentionItem[] among = together[row.FirstItem..(row.FirstItem + row.Splits)];
                Assert.Equal(alone.Select(Cut), among.Select(Cut));
                Assert.Equal(one[0].Splits, row.Splits);
                split |= row.Splits > 1;
            }
        }

        Assert.True(split);

        static (int, int, int, int, int, int) Cut(AttentionItem item) =>
            (item.Begin0, item.End0, item.Begin1, item.End1, item.Split, item.Splits);
    }

    /// <summary>A token's row, whether its neighbours are cached or computed beside it.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(993)]
    [InlineData(999)]
    [InlineData(1000)]
    public void ARangeInTwoPiecesIsCutAsOne(int prefix)
    {
        AttentionStep step = new AttentionStep().Sequence(1200)
            .Group(1000, 1001, new AttentionRange(prefix, new TokenRange(prefix, 1001), true));
        AttentionItem[] items = Tile(step, 1, H200Blocks, kvHeads: 4, out _);
        Assert.Equal(32, items.Length);
        for (int i = 0; i < items.Length; i++)
            Assert.Equal((32 * i, Math.Min(32 * i + 32, 1001), 0, 0), Ranges(items[i]));
    }

    [Fact]
    public void MoreRowsShareTheDevice()
    {
        AttentionStep step = new AttentionStep().Sequence(800).Causal(500, 509);
        Assert.Equal(9 * 6, Tile(step, 1, H200Blocks, kvHeads: 4, out _).Length);
        AttentionStep fewer = new AttentionStep().Sequence(800).Causal(500, 508);
        Assert.Equal(8 * 16, Tile(fewer, 1, H200Blocks, kvHeads: 4, out _).Length);
    }

    [Fact]
    public void TooLittleRoomIsRefused()
    {
        StepRow[] rows = new AttentionStep().Sequence(8).Causal(0, 8).Rows;
        var tiling = new AttentionTiling(8, 1, targetBlocks: 0, kvHeads: 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => tiling.Tile(rows, new AttentionItem[7]));
        Assert.Equal(8, tiling.Tile(rows, new AttentionItem[8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tiling.Tile([.. rows, rows[0]], new AttentionItem[9]));
    }

    [Fact]
    public void NothingIsAllocated()
    {
        StepRow[] rows = new AttentionStep().Sequence(800).Spans(512, 0, 60, 60).Causal(700, 720).Rows;
        var tiling = new AttentionTiling(rows.Length, 9, H200Blocks, 4);
        var items = new AttentionItem[tiling.Items];
        int expected = tiling.Tile(rows, items);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = tiling.Tile(rows, items);
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
        var tiling = new AttentionTiling(step.RowCount, rowsPerItem, target, kvHeads);
        if (split) Assert.True(items.Length <= tiling.SplitItems);
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
        return Tile(rows, rowsPerItem, targetBlocks, kvHeads);
    }

    private static AttentionItem[] Tile(StepRow[] rows, int rowsPerItem, int targetBlocks, int kvHeads)
    {
        var tiling = new AttentionTiling(rows.Length, rowsPerItem, targetBlocks, kvHeads);
        var items = new AttentionItem[tiling.Items];
        return items[..tiling.Tile(rows, items)];
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
