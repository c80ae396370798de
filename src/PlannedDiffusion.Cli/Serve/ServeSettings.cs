using System.Net;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Serve;

/// <summary>What the command line says about a server.</summary>
internal sealed record ServeSettings
{
    private const string Scheme = "http://";

    public required string Model { get; init; }

    public required RunnerChoice Device { get; init; }

    public required GenerationOptions Generation { get; init; }

    public required IReadOnlyList<string> Urls { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<string> Keys { get; init; } = [];

    public IReadOnlyList<string> AdminKeys { get; init; } = [];

    public bool IsAnonymous { get; init; }

    public IReadOnlyList<string> Hosts { get; init; } = [];

    public IReadOnlyList<string> Origins { get; init; } = [];

    public int MaxQueue { get; init; } = 128;

    public int MaxActive { get; init; } = 16;

    public int MaxSequences { get; init; } = 64;

    public int? MaxPositions { get; init; }

    public TimeSpan? Deadline { get; init; }

    public bool IgnoresTools { get; init; }

    public bool LogsContent { get; init; }

    /// <summary>The names of this server: those given, and those in its addresses.</summary>
    public IEnumerable<string> AllHosts => [.. Hosts, .. Urls.Select(Host).Where(host => !IsAnyAddress(host))];

    /// <summary>Refuses addresses that are malformed, or that would serve everybody without a key.</summary>
    /// <exception cref="UsageException">An address is refused.</exception>
    public void Check()
    {
        if (AdminKeys.Count > 1) throw new UsageException("there is one key for administration, not several");
        foreach (string url in Urls)
        {
            if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || Host(url).Length == 0)
                throw new UsageException($"--urls {url} is not http://HOST:PORT; put a proxy before it for https");
            if (Keys.Count > 0 || IsAnonymous || IsLoopback(Host(url))) continue;
            throw new UsageException(
                $"--urls {url} is open to other machines: it needs --api-key-file, or --allow-anonymous");
        }
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    private static bool IsAnyAddress(string host) =>
        host is "*" or "+"
        || (IPAddress.TryParse(host, out IPAddress? address)
            && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    private static string Host(string url)
    {
        string authority = url[Math.Min(Scheme.Length, url.Length)..].TrimEnd('/');
        int end = authority.StartsWith('[') ? authority.IndexOf(']', StringComparison.Ordinal) + 1
            : authority.LastIndexOf(':');
        return (end > 0 ? authority[..end] : authority).Trim('[', ']');
    }
}
