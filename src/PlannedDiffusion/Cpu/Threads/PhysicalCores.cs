namespace PlannedDiffusion.Cpu.Threads;

/// <summary>The number of cores to compute on. Two hardware threads of a core share its multipliers.</summary>
internal static class PhysicalCores
{
    private const string Folder = "/sys/devices/system/cpu";

    /// <summary>
    /// The physical cores if the system reports them, else the processors; never more than this process may use.
    /// </summary>
    public static int Count => Math.Clamp(CountSiblingGroups(Folder), 1, Environment.ProcessorCount);

    /// <summary>
    /// The number of different sibling lists below a folder like Linux's; all processors if there are none.
    /// </summary>
    public static int CountSiblingGroups(string folder)
    {
        if (!Directory.Exists(folder)) return Environment.ProcessorCount;
        var groups = new HashSet<string>();
        foreach (string cpu in Directory.EnumerateDirectories(folder, "cpu*"))
        {
            string siblings = Path.Combine(cpu, "topology", "thread_siblings_list");
            if (File.Exists(siblings)) groups.Add(File.ReadAllText(siblings).Trim());
        }

        return groups.Count > 0 ? groups.Count : Environment.ProcessorCount;
    }
}
