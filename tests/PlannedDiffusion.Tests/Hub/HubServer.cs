using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PlannedDiffusion.Tests.Hub;

/// <summary>
/// A hub on this machine, with one request per connection. It behaves well unless its script says otherwise.
/// </summary>
internal sealed class HubServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;

    public HubServer(HubRepository repository)
    {
        Repository = repository;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public HubRepository Repository { get; }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>What was asked, in the order in which it came.</summary>
    public ConcurrentQueue<HubRequest> Requests { get; } = [];

    /// <summary>The answer to a request; null for the usual one.</summary>
    public Func<HubRequest, HubReply?>? Script { get; set; }

    /// <summary>False for a server that gives whole files only.</summary>
    public bool HasRanges { get; init; } = true;

    /// <summary>Another server to which requests for large files are led.</summary>
    public HubServer? Storage { get; init; }

    /// <summary>The requests for contents of a file.</summary>
    public HubRequest[] GetsOf(string file) =>
        [.. Requests.Where(request => request.Method == "GET" && request.File == file)];

    /// <summary>What a hub answers that behaves well.</summary>
    public HubReply Usual(HubRequest request)
    {
        if (request.File is not { } file) return new HubReply(200) { Body = Repository.Listing() };
        if (!Repository.Files.TryGetValue(file, out byte[]? bytes))
            return new HubReply(404).With("X-Error-Code", "EntryNotFound");
        string tag = Repository.Checksum(file);
        if (HubRepository.IsLarge(file) && Storage is not null)
        {
            return new HubReply(302).With("X-Linked-Etag", $"\"{tag}\"")
                .With("X-Linked-Size", bytes.Length.ToString(CultureInfo.InvariantCulture))
                .With("Location", $"{Storage.Endpoint}signed/{file}?signature=secret");
        }

        if (!HasRanges || request.Range is not var (from, to))
            return new HubReply(200) { Body = bytes }.With("ETag", $"W/\"{tag}\"");
        byte[] part = bytes[from..Math.Min(to + 1, bytes.Length)];
        return new HubReply(206) { Body = part }
            .With("Content-Range", $"bytes {from}-{from + part.Length - 1}/{bytes.Length}");
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_over.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        await Task.Yield();
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                if (await HubRequest.ReadAsync(stream, _over.Token) is not { } request) return;
                Requests.Enqueue(request);
                HubReply reply = Script?.Invoke(request) ?? Usual(request);
                await reply.WriteAsync(stream, request.Method == "HEAD", _over.Token);
                if (reply.IsReset) client.Client.Close(0);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The client went away, or the test is over.
            }
        }
    }
}

/// <summary>A request as it was sent.</summary>
internal sealed record HubRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The file that it is for; null for the listing.</summary>
    public string? File => Path.StartsWith("/api/", StringComparison.Ordinal)
        ? null : Uri.UnescapeDataString(Path.Split('?')[0].Split('/')[^1]);

    public string? Authorization => Headers.GetValueOrDefault("Authorization");

    public (int From, int To)? Range => Headers.GetValueOrDefault("Range") is not { } range ? null
        : range["bytes=".Length..].Split('-') is [string from, string to]
            ? (int.Parse(from, CultureInfo.InvariantCulture), int.Parse(to, CultureInfo.InvariantCulture)) : null;

    public static async Task<HubRequest?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        byte[] one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, cancellation) == 0) return null;
            text.Append((char)one[0]);
        }

        string[] lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        return new HubRequest(first[0], first[1], lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
    }
}

/// <summary>An answer, and what is wrong with it.</summary>
internal sealed record HubReply(int Status)
{
    private readonly List<(string Name, string Value)> _headers = [];

    public byte[] Body { get; init; } = [];

    /// <summary>The length that is told, if it is not that of the body.</summary>
    public long? Told { get; init; }

    /// <summary>True if no length is told: the connection's end is that of the body.</summary>
    public bool IsEndless { get; init; }

    /// <summary>Bytes of the body after which it ends or stalls; null for all.</summary>
    public int? Until { get; init; }

    /// <summary>True if nothing more comes, and the connection stays.</summary>
    public bool Stalls { get; init; }

    /// <summary>True if nothing is sent at all.</summary>
    public bool IsSilent { get; init; }

    /// <summary>True if the connection is reset at the end.</summary>
    public bool IsReset { get; init; }

    /// <summary>Is called when the bytes are sent, before the stall.</summary>
    public Action? Sent { get; init; }

    public HubReply With(string name, string value)
    {
        _headers.Add((name, value));
        return this;
    }

    public async Task WriteAsync(Stream stream, bool headOnly, CancellationToken cancellation)
    {
        var head = new StringBuilder($"HTTP/1.1 {Status} Whatever\r\nConnection: close\r\n");
        if (!IsEndless) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Told ?? Body.Length}\r\n");
        foreach ((string name, string value) in _headers) head.Append($"{name}: {value}\r\n");
        byte[] start = Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
        if (!IsSilent) await stream.WriteAsync(start, cancellation);
        if (!headOnly && !IsSilent) await stream.WriteAsync(Body.AsMemory(0, Until ?? Body.Length), cancellation);
        await stream.FlushAsync(cancellation);
        Sent?.Invoke();
        if (Stalls) await Task.Delay(Timeout.Infinite, cancellation);
    }
}
