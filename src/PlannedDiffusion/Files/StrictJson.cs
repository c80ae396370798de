using System.Text.Json;

namespace PlannedDiffusion.Files;

/// <summary>How the small JSON files of a checkpoint are read: no name twice, nothing deep.</summary>
internal static class StrictJson
{
    public static JsonDocumentOptions Options => new() { MaxDepth = 16, AllowDuplicateProperties = false };
}
