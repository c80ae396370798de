using System.Security.Cryptography;

namespace PlannedDiffusion.Hub;

/// <summary>
/// Brings a file into the cache. Its bytes are written in order, so that an interrupted download leaves the file's
/// first bytes and nothing else: whoever comes next, with this program or another, goes on behind them.
/// </summary>
internal sealed class BlobDownload(
    FileSource source, RepositoryFolder repository, PullMeter meter, HubTuning tuning)
{
    private const int DiskFull = 28, DiskFullOnWindows = unchecked((int)0x80070070), HashBuffer = 1 << 20;

    private RemoteFile File => source.File;

    /// <summary>Bytes of a file that must still be written.</summary>
    public static long Missing(RemoteFile file, RepositoryFolder repository)
    {
        if (IsThere(file, repository)) return 0;
        var begun = new FileInfo(repository.Incomplete(file.Checksum));
        return begun.Exists && begun.Length <= file.Size ? file.Size - begun.Length : file.Size;
    }

    /// <summary>Fetches what is missing.</summary>
    /// <exception cref="HubException">It cannot be had, or is not what its checksum promises.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        meter.Start(File);
        using IDisposable held = await BlobLock.TakeAsync(
            repository.Lock(File.Checksum), tuning, meter, cancellation).ConfigureAwait(false);
        if (IsThere(File, repository))
        {
            meter.Add(File.Size);
            return;
        }

        string path = repository.Incomplete(File.Checksum);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        bool isResumed = true;
        while (!await CompleteAsync(path, resumed => isResumed = resumed, cancellation).ConfigureAwait(false))
        {
            System.IO.File.Delete(path);
            // The first bytes may have been damaged before; those of a single download were not.
            if (!isResumed) throw source.WrongBytes();
            meter.Restart();
        }

        System.IO.File.Move(path, repository.Blob(File.Checksum), overwrite: true);
    }

    private static bool IsThere(RemoteFile file, RepositoryFolder repository)
    {
        var blob = new FileInfo(repository.Blob(file.Checksum));
        return blob.Exists && blob.Length == file.Size;
    }

    /// <summary>Writes what is missing; false if the bytes are not those that were promised.</summary>
    private async Task<bool> CompleteAsync(string path, Action<bool> resumes, CancellationToken cancellation)
    {
        try
        {
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0);
            if (file.Length > File.Size) file.SetLength(0);
            long have = file.Length;
            resumes(have > 0);
            using IncrementalHash hash = File.StartHash();
            await HashAsync(file, hash, cancellation).ConfigureAwait(false);
            var writer = new BlobWriter(file, hash);
            if (have < File.Size)
                await new BlobParts(source, writer, meter, tuning).FetchAsync(have, cancellation).ConfigureAwait(false);
            if (Convert.ToHexStringLower(hash.GetHashAndReset()) != File.Checksum) return false;
            file.Flush(flushToDisk: true); // a complete file stays complete when the power fails
            return true;
        }
        catch (IOException e) when (e.HResult is DiskFull or DiskFullOnWindows)
        {
            throw source.Full(e);
        }
    }

    private async Task HashAsync(FileStream file, IncrementalHash hash, CancellationToken cancellation)
    {
        byte[] buffer = new byte[HashBuffer];
        while (await file.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and int read)
        {
            hash.AppendData(buffer, 0, read);
            meter.Add(read);
        }
    }
}
