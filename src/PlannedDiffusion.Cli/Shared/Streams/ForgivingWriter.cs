using System.Text;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>
/// Standard error that ignores write errors. A full disk or a closed pipe must not fail a command whose answer is
/// complete, nor the report of another failure.
/// </summary>
internal sealed class ForgivingWriter(TextWriter to) : TextWriter
{
    public override Encoding Encoding => to.Encoding;

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        try
        {
            to.Write(buffer);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            // There is no other place to report it.
        }
    }

    public override void Flush()
    {
        try
        {
            to.Flush();
        }
        catch (Exception e) when (IsRefusal(e))
        {
            // As above.
        }
    }

    private static bool IsRefusal(Exception e) => e is IOException or UnauthorizedAccessException;
}
