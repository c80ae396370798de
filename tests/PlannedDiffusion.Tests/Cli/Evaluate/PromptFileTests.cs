using PlannedDiffusion.Cli.Evaluate;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Evaluate;

public sealed class PromptFileTests
{
    [Theory]
    [InlineData("""{"question": "a", "question": "b"}""", ":1: has \"question\" more than once")]
    [InlineData("""[{"instruction": "a"}, {"instruction": "a", "x": 1, "x": 2}]""", "item 2: has \"x\" more than once")]
    public void ARepeatedFieldIsRefused(string text, string message)
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder.File("prompts.json"), text);
        var error = Assert.Throws<InvalidDataException>(() => PromptFile.Read(folder.File("prompts.json")));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NullCountsAsAbsent()
    {
        using var folder = new TemporaryDirectory();
        const string nulls = """{"question": "a", "instruction": null, "facts": null, "in_sentence": null}""";
        File.WriteAllText(folder.File("prompts.jsonl"), nulls);
        Assert.Equal(new EvaluationPrompt("a", null, null, false), PromptFile.Read(folder.File("prompts.jsonl"))[0]);
    }

    /// <summary>The JSON reader quotes what it cannot read, which may be the whole rest of the file.</summary>
    [Theory]
    [InlineData("{\"question\": tr\u001b[2J\u202ex")]
    [InlineData("{\"question\": \"x\"} \u0007")]
    public void InvalidJsonIsReportedInOneShortVisibleLine(string line)
    {
        using var folder = new TemporaryDirectory();
        string path = Path.Combine(folder.Path, "prompts.jsonl");
        File.WriteAllText(path, line + new string('y', 100_000));
        foreach (Func<string, object> read in (Func<string, object>[])[PromptFile.Read, RecordedRequest.Read])
        {
            var error = Assert.Throws<InvalidDataException>(() => read(path));
            Assert.StartsWith($"{path}:1: ", error.Message);
            Assert.DoesNotContain(error.Message, char.IsControl);
            Assert.DoesNotContain('\u202e', error.Message);
            Assert.InRange(error.Message.Length, path.Length, path.Length + 600);
        }
    }
}
