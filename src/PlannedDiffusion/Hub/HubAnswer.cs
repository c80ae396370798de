using System.Globalization;
using System.Net;

namespace PlannedDiffusion.Hub;

/// <summary>
/// An answer whose body is read under a watch: a connection that brings nothing for too long is given up.
/// </summary>
internal sealed class HubAnswer(
    HttpResponseMessage response, StallWatch watch, HubTarget target, CancellationToken cancellation) : IDisposable
{
    private Stream? _body;

    public HttpResponseMessage Response => response;

    /// <summary>Where it came from, after all redirections.</summary>
    public Uri Address => target.Address;

    /// <summary>Reads what is there of the body, as a stream does; 0 at its end.</summary>
    /// <exception cref="TransientException">The connection broke, or brought nothing.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            watch.Restart();
            _body ??= await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            return await _body.ReadAsync(buffer, watch.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw target.Broken(e, watch, "breaks off");
        }
    }

    /// <summary>Reads a whole body of text.</summary>
    /// <exception cref="HubException">It is longer than that.</exception>
    /// <exception cref="TransientException">The connection broke, or brought nothing.</exception>
    public async Task<byte[]> ReadAllAsync(int most)
    {
        using var text = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        while (await ReadAsync(buffer).ConfigureAwait(false) is > 0 and int read)
        {
            if (text.Length + read > most)
                throw target.Failed(HubFailure.BadAnswer, $"answers more than {most} bytes", response.StatusCode);
            text.Write(buffer, 0, read);
        }

        return text.ToArray();
    }

    /// <summary>
    /// True if the body is the whole file, and false if it is the range that was asked for, of a file of that size.
    /// </summary>
    /// <exception cref="HubException">It is neither.</exception>
    public bool IsWhole(long from, long size)
    {
        bool whole = response.StatusCode == HttpStatusCode.OK;
        long? told = whole ? response.Content.Headers.ContentLength : response.Content.Headers.ContentRange?.Length;
        if (told is not null && told != size)
        {
            throw target.Failed(
                HubFailure.BadAnswer,
                string.Create(CultureInfo.InvariantCulture, $"has {told} bytes, and said that it were {size}"),
                response.StatusCode);
        }

        if (!whole && response.Content.Headers.ContentRange?.From != from)
            throw target.Failed(HubFailure.BadAnswer, "sends another range than was asked for", response.StatusCode);
        return whole;
    }

    /// <summary>The body ended before it should have.</summary>
    public TransientException Cut() => target.Transient("ends the file before its end", response.StatusCode);

    /// <summary>The hub sends the whole file where a range was asked for, and gave ranges before.</summary>
    public TransientException NoRange() => target.Transient("sends no range any more", response.StatusCode);

    public void Dispose()
    {
        response.Dispose();
        watch.Dispose();
    }
}
