using System.Globalization;
using System.Text;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>
/// Reads text from files, pipes and standard input. The encoding is UTF-8, or UTF-16 or UTF-32 with a byte order mark,
/// which is not part of the text. Lines end with LF, CR LF or CR. Invalid bytes and halves of surrogate pairs are
/// refused with the names of the file and the line.
/// </summary>
internal static class InputText
{
    /// <summary>The most bytes of one file or pipe, because an endless one must not fill the memory.</summary>
    public const int MostBytes = 64 << 20;

    private static readonly Encoding[] Marked =
    [
        // UTF-32 comes first, because its mark begins with that of UTF-16.
        new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true),
        new UTF32Encoding(bigEndian: true, byteOrderMark: true, throwOnInvalidCharacters: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true),
    ];

    /// <summary>Reads a file or a pipe.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="option">The option that named it, for messages; empty for an argument.</param>
    /// <exception cref="UsageException">It is a folder.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is too large, or not valid text.</exception>
    public static string ReadFile(string path, string option = "")
    {
        string name = option.Length > 0 ? $"{option} {path}" : path;
        if (Directory.Exists(path)) throw new UsageException($"{name}: is a folder; a file is needed");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        return Read(file, path);
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="InvalidDataException">It is too large, or not valid text.</exception>
    public static string Read(Stream stream, string source)
    {
        if (stream.CanSeek && stream.Length > MostBytes) throw TooLarge(source, $"has {Bytes(stream.Length)}");
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > MostBytes) throw TooLarge(source, "has more");
        }

        return Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), source);
    }

    /// <summary>Decodes bytes.</summary>
    /// <exception cref="InvalidDataException">They are not valid text. The message names source and line.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string source)
    {
        Encoding encoding = Marked[^1];
        foreach (Encoding marked in Marked)
        {
            if (!bytes.StartsWith(marked.Preamble)) continue;
            encoding = marked;
            bytes = bytes[marked.Preamble.Length..];
            break;
        }

        if (encoding == Marked[^1] && IsUnmarkedUtf16(bytes))
        {
            throw new InvalidDataException(
                $"{source}:1: is UTF-16 without a byte order mark; UTF-16 must begin with one");
        }

        try
        {
            return encoding.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            var lenient = Encoding.GetEncoding(encoding.CodePage); // does not throw at an incomplete character
            string before = lenient.GetString(bytes[..Math.Clamp(e.Index, 0, bytes.Length)]);
            string name = encoding.WebName.ToUpperInvariant();
            throw new InvalidDataException($"{source}:{LineOf(before)}: is not valid {name}", e);
        }
    }

    /// <summary>
    /// True if every second byte is 0, as in Latin text in UTF-16. It is valid UTF-8, too, but never real text.
    /// </summary>
    private static bool IsUnmarkedUtf16(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes.Length % 2 != 0) return false;
        int zeros = bytes[1] == 0 ? 1 : 0; // little-endian, or else big-endian
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == 0 != (i % 2 == zeros)) return false;
        }

        return true;
    }

    /// <summary>The lines of a text without their line ends, numbered from 1.</summary>
    public static IEnumerable<(int Number, string Text)> Lines(string text)
    {
        using var reader = new StringReader(text);
        int number = 0;
        while (reader.ReadLine() is { } line) yield return (++number, line);
    }

    /// <summary>The line on which a text ends, counted from 1.</summary>
    public static int LineOf(ReadOnlySpan<char> text)
    {
        int line = 1;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && text[i..] is not ['\r', '\n', ..])) line++;
        }

        return line;
    }

    private static InvalidDataException TooLarge(string source, string has) =>
        new($"{source}: {has}; {Bytes(MostBytes)} is the most that is read");

    private static string Bytes(long count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} bytes");
}
