using System.Text;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>Escapes control characters in all text that is written, by <see cref="VisibleText.Lines"/>.</summary>
internal sealed class VisibleWriter(TextWriter to) : TextWriter
{
    public override Encoding Encoding => to.Encoding;

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer) => to.Write(VisibleText.Lines(buffer));

    public override void Flush() => to.Flush();
}
