using PlannedDiffusion.Cuda.Sequences;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Sequences;

/// <summary>The pool's positions, against a plain map of who has which.</summary>
public sealed class PositionRangesTests
{
    [Fact]
    public void RangesNeverOverlapAndComeBackWhole()
    {
        const int positions = 257, most = 9;
        var ranges = new PositionRanges(positions, most);
        var taken = new List<(int Start, int Length)>();
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 5000; i++)
        {
            if (taken.Count < most && random.Next(2) == 0)
            {
                int length = random.Next(1, 100);
                if (ranges.TryTake(length, out int start)) taken.Add((start, length));
                else refused++;
            }
            else if (taken.Count > 0)
            {
                int index = random.Next(taken.Count);
                ranges.Give(taken[index].Start, taken[index].Length);
                taken.RemoveAt(index);
            }

            CheckMap(ranges, taken, positions);
        }

        Assert.True(refused > 100);
        foreach ((int start, int length) in taken) ranges.Give(start, length);
        Assert.Equal(positions, ranges.Largest);
    }

    [Fact]
    public void TheFirstRangeThatFitsIsTaken()
    {
        var ranges = new PositionRanges(100, 4);
        int[] starts = [.. ((int[])[30, 20, 50]).Select(length => ranges.TryTake(length, out int start) ? start : -1)];
        Assert.Equal([0, 30, 50], starts);
        Assert.False(ranges.TryTake(1, out _));
        ranges.Give(0, 30);
        ranges.Give(50, 50);
        Assert.True(ranges.TryTake(25, out int first));
        Assert.Equal(0, first);
        Assert.True(ranges.TryTake(6, out int second));
        Assert.Equal(50, second);
    }

    private static void CheckMap(PositionRanges ranges, List<(int Start, int Length)> taken, int positions)
    {
        var used = new bool[positions];
        foreach ((int start, int length) in taken)
        {
            for (int i = start; i < start + length; i++)
            {
                Assert.False(used[i]);
                used[i] = true;
            }
        }

        int free = used.Count(position => !position), largest = 0, run = 0;
        foreach (bool position in used) largest = Math.Max(largest, run = position ? 0 : run + 1);
        Assert.Equal(free, ranges.Free);
        Assert.Equal(largest, ranges.Largest);
    }
}
