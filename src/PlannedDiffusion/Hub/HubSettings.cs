using PlannedDiffusion.Files;

namespace PlannedDiffusion.Hub;

/// <summary>Where models come from and where they are kept.</summary>
public sealed class HubSettings
{
    private const string TokenFileName = "token";

    /// <summary>The hub's address.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The folder of the cache, which may not exist yet.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>The token with which the hub is asked, and no other host; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>The file that has the token if <see cref="Token"/> is null. It need not exist.</summary>
    public string? TokenFile { get; init; }

    /// <summary>True if nothing is asked of the network.</summary>
    public bool Offline { get; init; }

    /// <summary>
    /// What the environment says, in the variables that all of the hub's tools read: <c>HF_ENDPOINT</c>,
    /// <c>HF_HUB_CACHE</c>, <c>HF_HOME</c>, <c>XDG_CACHE_HOME</c>, <c>HF_TOKEN</c>, <c>HF_TOKEN_PATH</c>,
    /// <c>HF_HUB_DISABLE_IMPLICIT_TOKEN</c>, <c>HF_HUB_OFFLINE</c>.
    /// </summary>
    /// <exception cref="HubException">A variable has a value that cannot be used; the message names it.</exception>
    public static HubSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    internal static HubSettings From(Func<string, string?> environment)
    {
        string home = PathIn("HF_HOME")
            ?? Path.Combine(PathIn("XDG_CACHE_HOME") ?? BelowHome(".cache"), "huggingface");
        bool anonymous = IsTrue(Variable("HF_HUB_DISABLE_IMPLICIT_TOKEN"));
        return new HubSettings
        {
            Endpoint = AddressOf(Variable("HF_ENDPOINT") ?? "https://huggingface.co"),
            CacheFolder = PathIn("HF_HUB_CACHE") ?? PathIn("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Token = anonymous ? null : Variable("HF_TOKEN") ?? Variable("HUGGING_FACE_HUB_TOKEN"),
            TokenFile = anonymous ? null : PathIn("HF_TOKEN_PATH") ?? Path.Combine(home, TokenFileName),
            Offline = IsTrue(Variable("HF_HUB_OFFLINE") ?? Variable("TRANSFORMERS_OFFLINE")),
        };

        // A variable that is empty or blank is not set.
        string? Variable(string name) => environment(name)?.Trim() is { Length: > 0 } value ? value : null;

        // Files of variables (systemd, containers) are not read by a shell, which would put the home folder for ~.
        string? PathIn(string name) => Variable(name) is not { } path ? null
            : path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? BelowHome(path[1..].TrimStart('/'))
            : path;

        string BelowHome(string path)
        {
            string folder = Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return folder.Length > 0 ? Path.Combine(folder, path) : throw new HubException(
                HubFailure.Settings, "HF_HOME", "is not set, and there is no home folder to keep models in");
        }
    }

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static Uri AddressOf(string text) =>
        Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out Uri? address) && address.Scheme is "https" or "http"
            && address is { UserInfo: "", Query: "", Fragment: "" }
            ? address
            : throw new HubException(
                HubFailure.Settings, "HF_ENDPOINT", "is no address such as https://huggingface.co");
}
