using System.Text.Json;

namespace PlannedDiffusion.Weights;

/// <summary>How the small JSON files of a checkpoint are read: no name twice, nothing deep.</summary>
internal static class StrictJson
{
    public static JsonDocumentOptions Options => new() { MaxDepth = 16, AllowDuplicateProperties = false };
}
