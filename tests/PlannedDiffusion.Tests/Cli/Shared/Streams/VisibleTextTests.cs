using PlannedDiffusion.Cli.Shared.Streams;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Shared.Streams;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("plain [bold] {0} %s é 𝄞 👩‍💻", "plain [bold] {0} %s é 𝄞 👩‍💻")]
    [InlineData("\e]0;owned\a\e[2J", @"\u001b]0;owned\u0007\u001b[2J")]
    [InlineData("\u009b31m\u007f", @"\u009b31m\u007f")]
    [InlineData("\u202etxt.exe\u2066\u2028", @"\u202etxt.exe\u2066\u2028")]
    [InlineData("a\rb\bc\0", @"a\u000db\u0008c\u0000")]
    public void TerminalControlsAreEscaped(string text, string visible)
    {
        Assert.Equal(visible, VisibleText.OneLine(text));
        Assert.Equal(visible, VisibleText.Lines(text));
    }

    [Fact]
    public void LineEndsAndTabsStayInMultilineTextOnly()
    {
        Assert.Equal("a\tb\nc\r\nd\\u000d", VisibleText.Lines("a\tb\nc\r\nd\r"));
        Assert.Equal(@"a\u0009b\u000ac\u000d\u000ad\u000d", VisibleText.OneLine("a\tb\nc\r\nd\r"));
    }

    /// <summary>Text cannot control a terminal. Text to a file is unchanged.</summary>
    [Theory]
    [InlineData(true, @"an answer: \u001b[2J")]
    [InlineData(false, "an answer: \e[2J")]
    public void StandardOutputIsEscapedOnATerminalOnly(bool interactive, string expected)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(Stream.Null, output, error) { OutIsInteractive = interactive };
        terminal.Out.Write("an answer: ");
        terminal.Out.Write('\e');
        terminal.Out.Write("[2J");
        terminal.Error.Write("\a".ToCharArray());
        Assert.Equal((expected, @"\u0007"), (output.ToString(), error.ToString()));
    }

    [Fact]
    public void AFullDiskBehindStandardErrorIsNoFailure()
    {
        using var forgiving = new ForgivingWriter(new RefusingWriter());
        forgiving.WriteLine("a line");
        forgiving.Write('a');
        forgiving.Flush();
    }

    private sealed class RefusingWriter : StringWriter
    {
        public override void Write(ReadOnlySpan<char> buffer) => throw new IOException("No space left on device");

        public override void Flush() => throw new IOException("No space left on device");
    }
}
