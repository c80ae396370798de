using System.Text;
using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Extensions.AI.Tests;

/// <summary>Clients around the demo checkpoint, and around tiny models that write what a test says.</summary>
internal static class Clients
{
    /// <summary>The demo checkpoint on the CPU.</summary>
    public static PlannedDiffusionEngine LoadDemo() => PlannedDiffusionEngine.Load(
        Repository.PathTo("models", "demo"),
        new EngineOptions { Runner = new RunnerOptions { Threads = 1 } });

    /// <summary>One token at a time, so many of them.</summary>
    public static PlannedDiffusionChatClientOptions Autoregressive(int tokens) => new()
    {
        Generation = new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = tokens },
    };

    /// <summary>A tiny model whose answer to a question is a text, a byte in each token, over and over.</summary>
    public static PlannedDiffusionEngine Writing(string text, string question = "say")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int prompt = PromptOf(question);
        return Around(new ScriptedRunner(ReferenceRunner(), position => Id(bytes[(position - prompt) % bytes.Length])));
    }

    /// <summary>A tiny model with weights of its own.</summary>
    public static PlannedDiffusionEngine Tiny() => Around(ReferenceRunner());

    /// <summary>The tokens of a prompt with one message of a user.</summary>
    public static int PromptOf(string question) =>
        new Tokenization.ChatTemplate(Tokenizer).Encode([new("user", question)]).Length;

    /// <summary>What the engine answers.</summary>
    public static GenerationResult Raw(this ChatResponse response) => (GenerationResult)response.RawRepresentation!;

    /// <summary>The exception of a call that is refused before there is a task or an enumeration.</summary>
    public static T Refuses<T>(Func<object> call)
        where T : Exception =>
        Assert.ThrowsAny<T>(call);

    private static int Id(byte value) =>
        Enumerable.Range(0, 256).First(id => Tokenizer.BytesOf(id) is [var only] && only == value);
}
