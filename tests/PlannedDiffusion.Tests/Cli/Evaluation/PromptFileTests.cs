using PlannedDiffusion.Cli.Benchmarks;
using PlannedDiffusion.Cli.Evaluation;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Evaluation;

public sealed class PromptFileTests
{
    /// <summary>The JSON reader repeats what it cannot read, which may be all that is left of the file.</summary>
    [Theory]
    [InlineData("{\"question\": tr\u001b[2J\u202ex")]
    [InlineData("{\"question\": \"x\"} \u0007")]
    public void WhatIsNoJsonIsToldInOneShortLineThatSteersNothing(string line)
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
