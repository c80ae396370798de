using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Inspect;

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
    public async Task AChatHasTheIdsThatGenerateSends()
    {
        using var folder = new CliModel();
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(folder.File("chat_template.jinja"),
            "{% for m in messages %}{{ m.role }}: {{ m.content }}|{% endfor %}", cancellation);
        Assert.Equal("user: hi|", await Text());
        await File.WriteAllTextAsync(
            folder.File("planned_diffusion.json"), """{"system_prompts": {"planned": "Plan."}}""", cancellation);
        Assert.Equal("system: Plan.|user: hi|", await Text());
        Assert.Equal("system: Mine.|user: hi|", await Text("--system", "Mine."));
        await File.WriteAllTextAsync(
            folder.File("chat_template.jinja"), "{{ raise_exception('not ' ~ messages[0].role) }}", cancellation);
        (await CliRun.Of("tokenize", "hi", "-m", folder.Path, "--chat"))
            .AssertFails(Application.Usage, "chat template refuses the conversation: not system");

        async Task<string> Text(params string[] options)
        {
            CliRun run = await CliRun.Of(["tokenize", "hi", "-m", folder.Path, "--chat", "--json", .. options]);
            return string.Concat(run.Json().GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()));
        }
    }

    [Fact]
    public async Task OnlyTheLastLineEndOfStandardInputIsRemoved()
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
    public async Task ContradictoryOptionsAndMissingFilesAreErrors()
    {
        (await CliRun.Of("tokenize", "a", "-m", model.Path, "--system", "b"))
            .AssertFails(Application.Usage, "--system");
        (await CliRun.Of("tokenize", "a", "-m", model.Path, "--chat", "--trusted"))
            .AssertFails(Application.Usage, "--trusted");
        using var empty = new TestKit.TemporaryDirectory();
        (await CliRun.Of("tokenize", "a", "-m", empty.Path)).AssertFails(Application.Failure, empty.Path);
    }
}
