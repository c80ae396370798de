namespace PlannedDiffusion.Cpu.Memory;

/// <summary>The memory that this process can still take.</summary>
internal static class AvailableMemory
{
    /// <summary>
    /// The smaller of the bytes that the machine has available and those that the process's group may take.
    /// </summary>
    public static long Bytes() => Bytes("/", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <param name="root">The folder with /proc and /sys.</param>
    /// <param name="otherwise">The bytes if the system does not say.</param>
    public static long Bytes(string root, long otherwise)
    {
        long machine = Kilobytes(Path.Combine(root, "proc/meminfo"), "MemAvailable:") ?? otherwise;
        return Math.Min(machine, OfGroup(root) ?? long.MaxValue);
    }

    /// <summary>
    /// A container finds its limit at the top of the folder, a process of a service in the folder of its group.
    /// </summary>
    private static long? OfGroup(string root)
    {
        long? least = null;
        foreach ((string folder, string limit, string usage) in Groups(root))
        {
            if (Number(Path.Combine(folder, limit)) is not { } bytes) continue;
            // The system frees the file cache when memory is needed.
            long used = Number(Path.Combine(folder, usage)) ?? 0;
            long cached = Statistic(Path.Combine(folder, "memory.stat"), "inactive_file") ?? 0;
            long left = Math.Max(0, bytes - Math.Max(0, used - cached));
            least = Math.Min(left, least ?? long.MaxValue);
        }

        return least;
    }

    private static IEnumerable<(string Folder, string Limit, string Usage)> Groups(string root)
    {
        foreach (string line in Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3) continue;
            bool unified = parts[1].Length == 0;
            if (!unified && !parts[1].Split(',').Contains("memory")) continue;
            string top = Path.Combine(root, unified ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
            (string limit, string usage) = unified
                ? ("memory.max", "memory.current") : ("memory.limit_in_bytes", "memory.usage_in_bytes");
            yield return (top, limit, usage);
            string folder = top;
            foreach (string name in parts[2].Split('/', StringSplitOptions.RemoveEmptyEntries))
                yield return (folder = Path.Combine(folder, name), limit, usage);
        }
    }

    private static long? Number(string path) =>
        Lines(path) is [string line, ..] && long.TryParse(line, out long number) ? number : null; // "max": no limit

    private static long? Kilobytes(string path, string name) => Statistic(path, name) * 1024;

    private static long? Statistic(string path, string name)
    {
        foreach (string line in Lines(path))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words[0] == name && long.TryParse(words[1], out long number)) return number;
        }

        return null;
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
