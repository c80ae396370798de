using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Server.Options;

/// <summary>Options of the server.</summary>
public sealed class PlannedDiffusionServerOptions
{
    /// <summary>The most answers to one prompt (<c>n</c>).</summary>
    public const int MostChoices = 8;

    /// <summary>
    /// The keys that clients send as bearer tokens, for everything below <c>/v1</c>. None: no key is asked for, and
    /// only requests from this machine are answered.
    /// </summary>
    public IList<string> ApiKeys { get; } = [];

    /// <summary>The bearer token for everything below <c>/admin</c>; null to refuse all of it.</summary>
    public string? AdminKey { get; set; }

    /// <summary>True to answer other machines without a key.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>
    /// Names of this server, as clients write them into addresses, besides those of the loopback; <c>*</c> for any.
    /// Requests with another <c>Host</c> are refused.
    /// </summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>
    /// Origins of web pages that may use the server, such as <c>https://example.com</c>; <c>*</c> for any.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>The most bytes of a request's body.</summary>
    public long MaxBodyBytes { get; set; } = 2 << 20;

    /// <summary>The options of answers whose request says nothing else. Its length is not used.</summary>
    public GenerationOptions Generation { get; set; } = new();

    /// <summary>The most new tokens of an answer whose request names no number, plans included.</summary>
    public int DefaultMaxTokens { get; set; } = 1024;

    /// <summary>True to answer requests with tools as if they had none; false to refuse them.</summary>
    public bool IgnoreTools { get; set; }

    /// <summary>The time that a request has; null for any.</summary>
    public TimeSpan? Deadline { get; set; }

    /// <summary>The longest silence in a stream, after which a comment is sent.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// True to log prompts and answers. Otherwise no text of a request is in logs, metrics or traces.
    /// </summary>
    public bool LogContent { get; set; }

    /// <exception cref="ArgumentException">An option is outside its range. The message names it.</exception>
    internal void Validate()
    {
        Require(MaxBodyBytes > 0, nameof(MaxBodyBytes), "above 0");
        Require(DefaultMaxTokens > 0, nameof(DefaultMaxTokens), "above 0");
        Require(Deadline is null || Deadline > TimeSpan.Zero, nameof(Deadline), "above 0");
        Require(KeepAlive > TimeSpan.Zero, nameof(KeepAlive), "above 0");
        Require(!ApiKeys.Any(string.IsNullOrWhiteSpace), nameof(ApiKeys), "keys that are not blank");
        Require(AdminKey is null || !string.IsNullOrWhiteSpace(AdminKey), nameof(AdminKey), "a key that is not blank");
        Generation.Validate();
    }

    private static void Require(bool holds, string name, string range)
    {
        if (!holds) throw new ArgumentException($"The server option {name} must be {range}.", name);
    }
}
