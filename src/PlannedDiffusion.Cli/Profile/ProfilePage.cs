using System.Text.Json;

namespace PlannedDiffusion.Cli.Profile;

/// <summary>A profile as a self-contained HTML page: the template with the report embedded as JSON.</summary>
internal static class ProfilePage
{
    private const string Place = "{{profile}}";

    public static string Of(ProfileReport report)
    {
        using Stream template = typeof(ProfilePage).Assembly.GetManifestResourceStream("profile.html")!;
        using var reader = new StreamReader(template);
        // The default encoder escapes every character that could end the script element.
        string json = JsonSerializer.Serialize(report, ProfileJson.Default.ProfileReport);
        return reader.ReadToEnd().Replace(Place, json, StringComparison.Ordinal);
    }
}
