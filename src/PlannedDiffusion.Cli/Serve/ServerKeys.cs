using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Serve;

/// <summary>
/// The keys of a server, from a file or a variable of the environment, so that no process list shows them.
/// </summary>
internal static class ServerKeys
{
    public const string Variable = "PD_API_KEYS";
    public const string AdminVariable = "PD_ADMIN_KEY";

    private static readonly char[] Separators = [',', ' ', '\t', '\n', '\r'];

    /// <summary>
    /// The keys of the file, one a line (empty lines and those that begin with # do not count), or else those of the
    /// variable, with commas or blanks between them.
    /// </summary>
    /// <exception cref="UsageException">The file has no key.</exception>
    public static IReadOnlyList<string> Read(string? file, string variable)
    {
        if (file is null)
            return Environment.GetEnvironmentVariable(variable)
                ?.Split(Separators, StringSplitOptions.RemoveEmptyEntries) ?? [];
        string[] keys = [.. File.ReadLines(file).Select(line => line.Trim())
            .Where(line => line.Length > 0 && !line.StartsWith('#'))];
        return keys.Length > 0 ? keys : throw new UsageException($"{file} has no key");
    }
}
