using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>Files of the repository that the program is built in.</summary>
internal static class RepositoryFile
{
    /// <summary>A file above the program, or above the current folder.</summary>
    /// <param name="path">Its path in the repository.</param>
    /// <param name="option">The option that would name another.</param>
    /// <exception cref="UsageException">There is none.</exception>
    public static string Find(string path, string option) =>
        Above(AppContext.BaseDirectory, path) ?? Above(Directory.GetCurrentDirectory(), path)
            ?? throw new UsageException($"no {option}, and no {path} above the program or the current folder");

    private static string? Above(string start, string path)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, path);
            if (File.Exists(file)) return file;
        }

        return null;
    }
}
