using System.Text.Json;

namespace PlannedDiffusion.Cli.Profile;

/// <summary>A profile as one page that needs nothing else: the template, with the report in it.</summary>
internal static class ProfilePage
{
    private const string Place = "{{profile}}";

    public static string Of(ProfileReport report)
    {
        using Stream template = typeof(ProfilePage).Assembly.GetManifestResourceStream("profile.html")!;
        using var reader = new StreamReader(template);
        // The default encoder: it leaves no character in a text that could end the element around it.
        string json = JsonSerializer.Serialize(report, ProfileJson.Default.ProfileReport);
        return reader.ReadToEnd().Replace(Place, json, StringComparison.Ordinal);
    }
}
