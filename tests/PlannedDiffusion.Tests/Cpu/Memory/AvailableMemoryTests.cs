using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Memory;

/// <summary>The available memory in Linux's files.</summary>
public sealed class AvailableMemoryTests
{
    private const string Machine = "MemTotal:       8000 kB\nMemFree: 10 kB\nMemAvailable:   5000 kB\n";

    [Fact]
    public void ThisMachineHasMemory() => Assert.InRange(AvailableMemory.Bytes(), 1 << 20, 1L << 50);

    [Fact]
    public void WithoutFilesTheRuntimesLimitCounts()
    {
        using var root = new TemporaryDirectory();
        Assert.Equal(77, AvailableMemory.Bytes(root.Path, otherwise: 77));
    }

    [Fact]
    public void WithoutAGroupTheMachineCounts()
    {
        using var root = new TemporaryDirectory();
        Put(root, "proc/meminfo", Machine);
        Assert.Equal(5000 * 1024, AvailableMemory.Bytes(root.Path, otherwise: 77));
    }

    /// <summary>The smallest limit of the group and its parents. The file cache counts as free.</summary>
    [Theory]
    [InlineData("0::/a/b\n", "sys/fs/cgroup", "memory.max", "memory.current")]
    [InlineData("3:cpu:/x\n7:memory,hugetlb:/a/b\n", "sys/fs/cgroup/memory", "memory.limit_in_bytes",
        "memory.usage_in_bytes")]
    public void TheTightestGroupCounts(string groups, string top, string limit, string usage)
    {
        using var root = new TemporaryDirectory();
        Put(root, "proc/meminfo", Machine);
        Put(root, "proc/self/cgroup", groups);
        Put(root, $"{top}/a/{limit}", "3000000\n");
        Put(root, $"{top}/a/{usage}", "2000000\n");
        Put(root, $"{top}/a/memory.stat", "anon 1\ninactive_file 500000\n");
        Put(root, $"{top}/a/b/{limit}", "max\n");
        Assert.Equal(1_500_000, AvailableMemory.Bytes(root.Path, otherwise: 77));
        Put(root, $"{top}/a/b/{limit}", "1000\n");
        Assert.Equal(1000, AvailableMemory.Bytes(root.Path, otherwise: 77));
        Put(root, $"{top}/a/b/{usage}", "1001\n");
        Assert.Equal(0, AvailableMemory.Bytes(root.Path, otherwise: 77));
    }

    private static void Put(TemporaryDirectory root, string name, string text)
    {
        string path = root.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
