using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>
/// The clients of npm: <c>openai</c>, raw and by <c>.stream()</c>, and the AI SDK with its provider for compatible
/// servers. tests/clients has the program and the versions.
/// </summary>
public sealed class NodeClientTests(DemoServer demo)
{
    private static readonly string Folder = Repository.PathTo("tests", "clients");

    private readonly ServerUnderTest _server = demo.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("openai whole")]
    [InlineData("openai raw stream")]
    [InlineData("openai .stream()")]
    public async Task OpenAIsAnswerIsTheEngines(string scenario)
    {
        GenerationResult expected = await ExpectedAsync();
        JsonElement told = (await RunAsync(scenario, _server)).Single();
        Assert.Equal(expected.Text, told.GetProperty("text").GetString());
        Assert.Equal("stop", told.GetProperty("reason").GetString());
        JsonElement usage = told.GetProperty("usage");
        Assert.Equal(expected.Usage.Generated, usage.GetProperty("completion_tokens").GetInt32());
        if (told.TryGetProperty("shown", out JsonElement shown)) Assert.True(shown.GetInt32() > 2);
    }

    [Theory]
    [InlineData("ai generateText")]
    [InlineData("ai streamText")]
    public async Task TheAISdksAnswerIsTheEngines(string scenario)
    {
        GenerationResult expected = await ExpectedAsync();
        JsonElement told = (await RunAsync(scenario, _server)).Single();
        Assert.Equal(expected.Text, told.GetProperty("text").GetString());
        Assert.Equal("stop", told.GetProperty("reason").GetString());
        Assert.Equal(expected.Usage.Generated, told.GetProperty("tokens").GetInt32());
    }

    [Fact]
    public async Task ModelsAndTextCompletions()
    {
        JsonElement told = (await RunAsync("openai others", _server)).Single();
        Assert.Equal("demo", told.GetProperty("models")[0].GetString());
        Assert.Equal("text_completion", told.GetProperty("completion").GetString());
    }

    [Fact]
    public async Task ARefusalHasStatusCodeAndField()
    {
        List<JsonElement> told = await RunAsync("openai refused", _server);
        Assert.Equal(400, told[0].GetProperty("status").GetInt32());
        Assert.Equal("unsupported_value", told[0].GetProperty("code").GetString());
        Assert.Equal("logprobs", told[0].GetProperty("param").GetString());
        Assert.Equal(404, told[1].GetProperty("status").GetInt32());
        Assert.Equal("model_not_found", told[1].GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("openai busy")]
    [InlineData("ai busy")]
    public async Task AFullQueueSaysWhenToComeAgain(string scenario)
    {
        await using GatedServer gated = await GatedServer.StartAsync(queue: 0);
        Task<HttpResponseMessage> running = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        JsonElement told = (await RunAsync(scenario, gated.Server)).Single();
        Assert.Equal(429, told.GetProperty("status").GetInt32());
        Assert.Equal("1", told.GetProperty("retryAfter").GetString());
        gated.Gate.Permit(1_000_000);
        using HttpResponseMessage first = await running;
    }

    [Theory]
    [InlineData("openai broken")]
    [InlineData("ai broken")]
    public async Task ABrokenStreamIsNotTakenForAnEnd(string scenario)
    {
        await using GatedServer gated =
            await GatedServer.StartAsync(server: options => options.Deadline = TimeSpan.FromSeconds(30));
        List<JsonElement> told = await RunAsync(scenario, gated.Server, async () =>
        {
            await gated.ArriveAsync(1, 0, Cancellation); // the AI SDK tells of a start before it has sent anything
            gated.Clock.Advance(TimeSpan.FromSeconds(31));
            gated.Gate.Permit(1_000_000);
        });
        Assert.Equal(JsonValueKind.Object, told[^1].ValueKind);
        Assert.True(told[^1].TryGetProperty("message", out _), told[^1].GetRawText());
    }

    /// <summary>What a scenario tells.</summary>
    /// <param name="scenario">Its name in the program.</param>
    /// <param name="server">The server.</param>
    /// <param name="reading">Called once the client reads a stream.</param>
    private static async Task<List<JsonElement>> RunAsync(
        string scenario, ServerUnderTest server, Func<Task>? reading = null)
    {
        RequireNode();
        using Process node = Start("clients.mjs", scenario, server.Address.ToString());
        Task<string> error = node.StandardError.ReadToEndAsync(Cancellation);
        var told = new List<JsonElement>();
        while (await node.StandardOutput.ReadLineAsync(Cancellation) is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            told.Add(document.RootElement.Clone());
            if (told[^1].ValueKind == JsonValueKind.Object && told[^1].TryGetProperty("reading", out _))
            {
                if (reading is not null) await reading();
                reading = null;
            }
        }

        await node.WaitForExitAsync(Cancellation);
        Assert.True(node.ExitCode == 0, await error);
        return told;
    }

    /// <summary>Skips without Node and the packages, unless the machine must have them.</summary>
    private static void RequireNode()
    {
        string? missing = Missing();
        if (Environment.GetEnvironmentVariable("PD_REQUIRE_NODE") == "1") Assert.Null(missing);
        Assert.SkipWhen(missing is not null, missing ?? "");
    }

    private static string? Missing()
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "openai")))
            return "The packages are missing: npm ci --prefix tests/clients.";
        try
        {
            using Process node = Start("--version");
            node.WaitForExit();
            return null;
        }
        catch (Win32Exception)
        {
            return "There is no node on the path.";
        }
    }

    private static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("node", arguments)
    {
        WorkingDirectory = Folder,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private Task<GenerationResult> ExpectedAsync() =>
        _server.Engine.CompleteAsync(GenerationRequest.FromUser("What is gold?"), Cancellation);
}
