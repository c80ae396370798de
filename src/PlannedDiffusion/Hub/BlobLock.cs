namespace PlannedDiffusion.Hub;

/// <summary>
/// Keeps two processes from writing the same file. The system takes the lock from a process that ends, however it ends.
/// On Linux it is the same lock (flock) that the hub's Python tools take.
/// </summary>
internal static class BlobLock
{
    private const int WouldBlockOnLinux = 11, WouldBlockOnMac = 35, SharingViolation = unchecked((int)0x80070020);

    /// <summary>Waits for the lock, and takes it; whoever disposes of it gives it back.</summary>
    public static async Task<IDisposable> TakeAsync(
        string path, HubTuning tuning, PullMeter meter, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult is WouldBlockOnLinux or WouldBlockOnMac or SharingViolation)
            {
                meter.Wait("another process fetches it");
            }

            await Task.Delay(tuning.LockWait, tuning.Clock, cancellation).ConfigureAwait(false);
        }
    }
}
