using System.Net;

namespace PlannedDiffusion.Hub;

/// <summary>
/// Where a file's bytes come from. The hub leads to another host for large files, by an address that is good for a
/// while: it is asked for once, and again when it is good no more.
/// </summary>
internal sealed class FileSource(HubRequests requests, HubTarget target, RemoteFile file)
{
    private volatile Uri? _direct;

    public RemoteFile File => file;

    /// <summary>
    /// Asks for bytes. The answer may be the whole file instead: see <see cref="HubAnswer.IsWhole"/>.
    /// </summary>
    /// <param name="from">The first byte.</param>
    /// <param name="to">The last one.</param>
    /// <param name="cancellation">Cancels the request and the reading of its body.</param>
    /// <exception cref="HubException">They cannot be had.</exception>
    /// <exception cref="TransientException">They may be had later.</exception>
    public async Task<HubAnswer> OpenAsync(long from, long to, CancellationToken cancellation)
    {
        Uri? direct = _direct;
        HubTarget asked = direct is null ? target : target with { Address = direct };
        try
        {
            HubAnswer answer = await requests.SendAsync(
                HttpMethod.Get, asked, file.Range(from, to), null, cancellation).ConfigureAwait(false);
            if (answer.Address != target.Address) _direct = answer.Address;
            return answer;
        }
        catch (HubException e) when (direct is not null && e.Failure is HubFailure.AccessDenied or HubFailure.NotFound)
        {
            // A signature that has expired.
            _direct = null;
            throw new TransientException(e, "does not know its own address any more", TimeSpan.Zero);
        }
    }

    /// <summary>The bytes are not those that were promised.</summary>
    public HubException WrongBytes() =>
        target.Failed(HubFailure.Checksum, "sent other bytes than its checksum promises", HttpStatusCode.OK);

    /// <summary>The disk became full, in spite of the room that it had.</summary>
    public HubException Full(Exception inner) =>
        new(HubFailure.DiskSpace, target.Model.ToString(), $"{file.Name}: the disk is full", inner)
        {
            File = file.Name,
        };
}
