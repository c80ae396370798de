using System.Reflection;

namespace PlannedDiffusion.Server.Models;

/// <summary>What was built.</summary>
internal static class Build
{
    /// <summary>The version, with the commit if the build knows it.</summary>
    public static string Version { get; } =
        typeof(Build).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? "unknown";
}
