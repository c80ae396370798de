namespace PlannedDiffusion.Hub;

/// <summary>Sizes and times of a download, and what tests put in the place of the machine.</summary>
internal sealed record HubTuning
{
    /// <summary>Bytes that are asked for at once.</summary>
    public int PartSize { get; init; } = 8 << 20;

    /// <summary>Parts under way at a time. Each has a connection and a buffer.</summary>
    public int Connections { get; init; } = 8;

    /// <summary>How long a connection may bring nothing.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Failures in a row, without a byte between them, after which nobody tries again.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The same for the listing, which comes first: whoever typed the wrong address waits for it.</summary>
    public int FirstAttempts { get; init; } = 3;

    /// <summary>The wait after a first failure; each further one is twice as long.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that a hub may ask for. Its limits are per five minutes.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a file that another process fetches is looked at.</summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Measures all of these times.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Bytes that a folder's disk has left; null if nobody knows.</summary>
    public Func<string, long?> FreeSpace { get; init; } = FreeSpaceOf;

    private static long? FreeSpaceOf(string folder)
    {
        try
        {
            string name = OperatingSystem.IsWindows() ? Path.GetPathRoot(Path.GetFullPath(folder))! : folder;
            return new DriveInfo(name).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // a network share, say
        }
    }
}
