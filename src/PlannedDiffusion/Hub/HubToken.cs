namespace PlannedDiffusion.Hub;

/// <summary>The token of whoever asks.</summary>
internal static class HubToken
{
    private const int MaxBytes = 1 << 16;

    /// <summary>The one that is set, or else that in the file; null if there is none.</summary>
    /// <exception cref="HubException">It has characters that no token has, or its file cannot be read.</exception>
    public static string? Of(HubSettings settings)
    {
        string? token = settings.Token?.Trim() ?? InFile(settings.TokenFile);
        if (string.IsNullOrEmpty(token)) return null;
        // It becomes a line of a request.
        return token.All(c => c is > ' ' and <= '~') ? token : throw new HubException(
            HubFailure.Settings, "HF_TOKEN", "has characters that are in no token");
    }

    private static string? InFile(string? path)
    {
        if (path is null || !File.Exists(path)) return null;
        try
        {
            using FileStream file = File.OpenRead(path);
            using var reader = new StreamReader(file);
            char[] text = new char[MaxBytes];
            return new string(text, 0, reader.ReadBlock(text)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubException(HubFailure.Settings, path, $"the token cannot be read: {e.Message}", e);
        }
    }
}
