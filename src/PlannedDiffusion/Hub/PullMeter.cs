namespace PlannedDiffusion.Hub;

/// <summary>Counts bytes from all connections, and tells a listener.</summary>
internal sealed class PullMeter(IProgress<PullProgress>? progress)
{
    private readonly Lock _lock = new();
    private long _total;
    private long _done;
    private RemoteFile? _file;
    private long _fileDone;

    /// <summary>Adds files to the sum that there is to do.</summary>
    public void Expect(IEnumerable<RemoteFile> files)
    {
        lock (_lock) _total += files.Sum(file => file.Size);
    }

    /// <summary>Begins a file.</summary>
    public void Start(RemoteFile file)
    {
        lock (_lock)
        {
            (_file, _fileDone) = (file, 0);
            Tell(null);
        }
    }

    /// <summary>Bytes of the file came, or turned out to be none of it.</summary>
    public void Add(long bytes)
    {
        lock (_lock)
        {
            _fileDone += bytes;
            _done += bytes;
            Tell(null);
        }
    }

    /// <summary>What came of the file is thrown away.</summary>
    public void Restart()
    {
        lock (_lock) Add(-_fileDone);
    }

    /// <summary>Says what is waited for.</summary>
    public void Wait(string reason)
    {
        lock (_lock) Tell(reason);
    }

    private void Tell(string? waiting) => progress?.Report(
        new PullProgress(_file?.Name ?? "", _fileDone, _file?.Size ?? 0, _done, _total, waiting));
}
