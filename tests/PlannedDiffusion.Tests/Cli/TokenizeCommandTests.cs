using System.Text.Json;
using PlannedDiffusion.Cli;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Cli;

public sealed class TokenizeCommandTests(CliModel model) : IClassFixture<CliModel>
{
    private const string Text = "The <async> and\nthe 12 \"é\"";

    [Fact]
    public async Task JsonHoldsTheIdsAndPiecesOfPlainText()
    {
        var tokenizer = Tokenizer.Load(model.Path);
        JsonElement report = (await CliRun.Of("tokenize", Text, "-m", model.Path, "--json")).Json();
        int[] ids = [.. report.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        Assert.Equal(tokenizer.Encode(Text), ids);
        Assert.Equal(ids.Length, report.GetProperty("count").GetInt32());
        Assert.Equal(ids.Select(id => tokenizer.Decode([id])),
            report.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()!));
    }

    [Fact]
    public async Task TrustedTextAndChatsHaveControlTokens()
    {
        var tokenizer = Tokenizer.Load(model.Path);
        CliRun trusted = await CliRun.Of("tokenize", Text, "-m", model.Path, "--ids", "--trusted");
        Assert.Equal(string.Join(' ', tokenizer.EncodeTrusted(Text)) + "\n", trusted.AssertSuccess().Out);
        CliRun chat = await CliRun.Of("tokenize", Text, "-m", model.Path, "--ids", "--chat", "--system", "Be brief.");
        int[] expected = new ChatTemplate(tokenizer).Encode(
            [new ChatMessage("system", "Be brief."), new ChatMessage("user", Text)]);
        Assert.Equal(string.Join(' ', expected) + "\n", chat.AssertSuccess().Out);
    }

    [Fact]
    public async Task StandardInputLosesItsLastLineEndOnly()
    {
        var tokenizer = Tokenizer.Load(model.Path);
        foreach (string end in new[] { "", "\n", "\r\n" })
        {
            CliRun run = await CliRun.WithInput("two\nlines" + end, "tokenize", "-m", model.Path, "--ids");
            Assert.Equal(string.Join(' ', tokenizer.Encode("two\nlines")) + "\n", run.AssertSuccess().Out);
        }
    }

    [Fact]
    public async Task TheTableShowsLineEndsAsEscapes()
    {
        CliRun run = (await CliRun.Of("tokenize", "a\nb", "-m", model.Path)).AssertSuccess();
        Assert.Equal(4, run.Out.TrimEnd('\n').Split('\n').Length);
        Assert.Contains("\"\\n\"", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ContradictionsAndMissingFilesAreErrors()
    {
        (await CliRun.Of("tokenize", "a", "-m", model.Path, "--system", "b"))
            .AssertFails(Application.Usage, "--system");
        (await CliRun.Of("tokenize", "a", "-m", model.Path, "--chat", "--trusted"))
            .AssertFails(Application.Usage, "--trusted");
        using var empty = new TestKit.TemporaryDirectory();
        (await CliRun.Of("tokenize", "a", "-m", empty.Path)).AssertFails(Application.Failure, empty.Path);
    }
}
