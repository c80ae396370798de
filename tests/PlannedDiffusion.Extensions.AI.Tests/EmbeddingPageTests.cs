using Microsoft.Extensions.AI;
using Microsoft.ML.Tokenizers;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Extensions.AI.Tests;

/// <summary>The program of docs/embedding.md compiles.</summary>
public sealed class EmbeddingPageTests
{
    [Fact]
    public void ThePageHasTheProgramOfThisFile()
    {
        string file = File.ReadAllText(
            Repository.PathTo("tests", "PlannedDiffusion.Extensions.AI.Tests", "EmbeddingPageTests.cs"));
        int start = file.LastIndexOf("    {\n        using var engine", StringComparison.Ordinal) + "    {\n".Length;
        string program = file[start..file.LastIndexOf("    }\n}", StringComparison.Ordinal)]
            .Replace("\n        ", "\n", StringComparison.Ordinal).TrimStart(' ');
        Assert.Contains(program, File.ReadAllText(Repository.PathTo("docs", "embedding.md")), StringComparison.Ordinal);
    }

    internal static async Task Program()
    {
        using var engine = PlannedDiffusionEngine.Load("models/demo");
        IChatClient client = engine.AsIChatClient("demo");
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync("What is gold?"))
        {
            if (update.RawRepresentation is PlanReady plan) Console.WriteLine($"{plan.Spans.Count} spans");
            Console.Write(update.Text);
        }

        Tokenizer tokenizer = client.GetService<Tokenizer>()!;
        Console.WriteLine(tokenizer.CountTokens("What is gold?"));
    }
}
