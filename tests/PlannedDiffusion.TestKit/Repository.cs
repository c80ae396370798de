namespace PlannedDiffusion.TestKit;

/// <summary>The checkout, for tests that read its files.</summary>
public static class Repository
{
    /// <summary>Folder of the solution file.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path below the root.</summary>
    public static string PathTo(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PlannedDiffusion.Native.sln"))) return folder.FullName;
        }

        return Environment.GetEnvironmentVariable("PD_ROOT")
            ?? throw new DirectoryNotFoundException(
                $"No PlannedDiffusion.Native.sln above {AppContext.BaseDirectory}; set PD_ROOT to the checkout.");
    }
}
