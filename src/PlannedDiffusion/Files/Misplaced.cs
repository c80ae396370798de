namespace PlannedDiffusion.Files;

/// <summary>Recognizes what a failed download often leaves in place of a checkpoint's file.</summary>
internal static class Misplaced
{
    /// <summary>Says what a file is, by its first bytes; null if it is none of the known kinds.</summary>
    public static string? Describe(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("version https://git-lfs"u8))
            return "it is a pointer of Git LFS: the file itself was not downloaded (git lfs pull)";
        if (start.StartsWith("PK\u0003\u0004"u8))
            return "it is a zip archive (as pytorch_model.bin is), not what its name says";
        if (start is [0x1F, 0x8B, ..]) return "it is compressed (gzip), not what its name says";
        if (start.StartsWith("GGUF"u8)) return "it is a GGUF file, not what its name says";
        ReadOnlySpan<byte> text = start.TrimStart(" \t\r\n\uFEFF"u8);
        return Begins(text, "<!doctype"u8) || Begins(text, "<html"u8)
            ? "it is an HTML page, not what its name says: the download gave a web page" : null;
    }

    private static bool Begins(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerCase)
    {
        if (text.Length < lowerCase.Length) return false;
        for (int i = 0; i < lowerCase.Length; i++)
        {
            byte letter = text[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(text[i] | 0x20) : text[i];
            if (letter != lowerCase[i]) return false;
        }

        return true;
    }
}
