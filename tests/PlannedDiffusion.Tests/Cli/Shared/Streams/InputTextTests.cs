using System.Text;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Shared.Streams;

public sealed class InputTextTests
{
    private const string Text = "eins\nzwei é 𝄞\r\ndrei";

    [Theory]
    [InlineData("utf-8", false)]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-32", true)]
    [InlineData("utf-32BE", true)]
    public void AByteOrderMarkSetsTheEncodingAndIsNotText(string name, bool marked)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. marked ? encoding.GetPreamble() : [], .. encoding.GetBytes(Text)];
        Assert.Equal(Text, InputText.Decode(bytes, "x"));
        Assert.Equal("", InputText.Decode(bytes.AsSpan(0, bytes.Length - encoding.GetByteCount(Text)), "x"));
        using var stream = new MemoryStream(bytes);
        Assert.Equal(Text, InputText.Read(stream, "x"));
    }

    /// <summary>A second mark is an ordinary character, and so is one inside a text.</summary>
    [Fact]
    public void OnlyTheFirstByteOrderMarkIsRemoved() =>
        Assert.Equal("\uFEFFa\uFEFF", InputText.Decode("\uFEFF\uFEFFa\uFEFF"u8, "x"));

    [Theory]
    [InlineData("UTF-8", 3, "61 0A 62 0D 0A 63 FF")]
    [InlineData("UTF-8", 1, "C3")] // cut in two
    [InlineData("UTF-8", 2, "0A ED A0 80")] // half of a surrogate pair
    [InlineData("UTF-8", 3, "0D 0D 80 0A")]
    [InlineData("UTF-16", 2, "FF FE 0A 00 00 D8 61 00")]
    [InlineData("UTF-16BE", 1, "FE FF DC 00")]
    [InlineData("UTF-16", 1, "FF FE 61 00 62")] // an odd byte
    [InlineData("UTF-32", 1, "FF FE 00 00 00 D8 00 00")]
    public void WhatIsNoTextIsRefusedWithItsLine(string encoding, int line, string bytes)
    {
        byte[] data = Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal));
        var refusal = Assert.Throws<InvalidDataException>(() => InputText.Decode(data, "a file"));
        Assert.Equal($"a file:{line}: is not valid {encoding}", refusal.Message);
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-8", false)]
    [InlineData("utf-32", false)]
    public void Utf16WithoutAMarkIsReportedAsUtf16(string name, bool refused)
    {
        byte[] bytes = Encoding.GetEncoding(name).GetBytes("What is gold?\n");
        string? message = Record.Exception(() => InputText.Decode(bytes, "a file"))?.Message;
        Assert.Equal(refused, message == "a file:1: is UTF-16 without a byte order mark; UTF-16 must begin with one");
        foreach (string text in new[] { "\0", "a\0b", "\0\0", "a\0b\0c", "\0\0a\0" })
            Assert.Equal(text, InputText.Decode(Encoding.UTF8.GetBytes(text), "x"));
    }

    [Fact]
    public void LinesMayEndInThreeWays()
    {
        Assert.Equal(
            [(1, "a"), (2, "b"), (3, "c"), (4, ""), (5, "d\u2028e\fg")],
            InputText.Lines("a\nb\r\nc\r\rd\u2028e\fg"));
        Assert.Equal(5, InputText.LineOf("a\nb\r\nc\r\rd\u2028e\fg"));
    }

    [Fact]
    public void AnEndlessInputIsReadUpToTheLimit()
    {
        using var endless = new Endless();
        var refusal = Assert.Throws<InvalidDataException>(() => InputText.Read(endless, "a pipe"));
        Assert.Equal("a pipe: has more; 67,108,864 bytes is the most that is read", refusal.Message);
        using var folder = new TemporaryDirectory();
        string file = folder.File("large");
        using (FileStream large = File.Create(file)) large.SetLength(InputText.MostBytes + 1L);
        refusal = Assert.Throws<InvalidDataException>(() => InputText.ReadFile(file));
        Assert.Equal($"{file}: has 67,108,865 bytes; 67,108,864 bytes is the most that is read", refusal.Message);
    }

    private sealed class Endless : MemoryStream
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'a');
            return buffer.Length;
        }
    }
}
