using System.Collections.Immutable;
using System.Text.Json;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Drafts do not change the demo's answers, and save most passes of its plans.</summary>
public sealed class DemoDraftsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0.25, 0, 30)]
    [InlineData(0.5, 0, 4)]
    [InlineData(1, 0, 3)]
    [InlineData(0.25, 1, 15)]
    public async Task AnswersAreTheSameInFewerPasses(double ratio, float temperature, int questions)
    {
        using PlannedDiffusionEngine engine = Engine(rows: 512);
        var options = new GenerationOptions
        {
            Decoding = new PlannedOptions { StepsRatio = ratio },
            Temperature = temperature,
            TopP = 0.95f,
        };
        (int without, int with) = await Compare(engine, options, questions);
        Assert.True(with <= 0.4 * without, $"{with} passes of plans, {without} without drafts");
    }

    /// <summary>Steps that are full with refreshed spans of a round and the sync.</summary>
    [Theory]
    [InlineData(33)]
    [InlineData(47)]
    public async Task RidingRowsComeBeforeDrafts(int rows)
    {
        using PlannedDiffusionEngine engine = Engine(rows);
        var options = new GenerationOptions
        {
            Decoding = new PlannedOptions { StepsRatio = 0.25, Commit = KvCommit.Refresh },
        };
        (int without, int with) = await Compare(engine, options, questions: 12, type: "compare");
        Assert.True(with <= 0.5 * without, $"{with} passes of plans, {without} without drafts");
    }

    /// <summary>Prompt look-up saves passes if an answer repeats its prompt, and costs few rows otherwise.</summary>
    [Fact]
    public async Task RepetitionsOfThePromptTakeFewPasses()
    {
        using PlannedDiffusionEngine engine = Engine(rows: 512);
        var options = new GenerationOptions { Decoding = new AutoregressiveOptions() };
        int without = 0, with = 0;
        foreach (string question in Questions(type: null).Take(8))
        {
            GenerationRequest request = GenerationRequest.FromUser(question, options);
            (GenerationResult one, GenerationResult drafted) = await Answers(request);
            Assert.InRange(drafted.CriticalPath.Rows, one.CriticalPath.Rows, 1.5 * one.CriticalPath.Rows);
            ImmutableArray<ChatMessage> asked = [.. request.Messages!];
            (one, drafted) = await Answers(
                request with { Messages = [.. asked, new ChatMessage("assistant", one.Text), .. asked] });
            without += one.CriticalPath.Passes.Length;
            with += drafted.CriticalPath.Passes.Length;
        }

        Assert.True(with <= 0.4 * without, $"{with} passes of answers given before, {without} without drafts");

        async Task<(GenerationResult One, GenerationResult Drafted)> Answers(GenerationRequest request)
        {
            GenerationResult one = await engine.CompleteAsync(request, Cancellation);
            request = request with { Options = options.WithDrafts(true) };
            GenerationResult drafted = await engine.CompleteAsync(request, Cancellation);
            Assert.Equal(one.Tokens, drafted.Tokens);
            return (one, drafted);
        }
    }

    /// <summary>Passes of plans of so many answers, which must be the same with and without drafts.</summary>
    private static async Task<(int Without, int With)> Compare(
        PlannedDiffusionEngine engine, GenerationOptions options, int questions, string? type = null)
    {
        int without = 0, with = 0;
        foreach ((int index, string question) in Questions(type).Take(questions).Index())
        {
            GenerationResult expected = await Answer(options.WithDrafts(false));
            GenerationResult actual = await Answer(options);
            Assert.Equal(expected.Tokens, actual.Tokens);
            Assert.Equal(expected.Finish, actual.Finish);
            Assert.Equal(expected.Usage, actual.Usage);
            Assert.Equal(
                expected.Rounds.SelectMany(round => round.Spans), actual.Rounds.SelectMany(round => round.Spans));
            Assert.Equal(
                expected.CriticalPath.Passes.Length, actual.CriticalPath.Passes.Length + actual.CriticalPath.Kept);
            without += PlanPasses(expected);
            with += PlanPasses(actual);

            Task<GenerationResult> Answer(GenerationOptions options) => engine.CompleteAsync(
                GenerationRequest.FromUser(question, options with { Seed = (ulong)index }), Cancellation);
        }

        return (without, with);
    }

    private static IEnumerable<string> Questions(string? type) =>
        from line in File.ReadLines(Repository.PathTo("bench", "prompts", "demo-held-out.jsonl"))
        let question = JsonDocument.Parse(line).RootElement
        where type is null || question.GetProperty("type").GetString() == type
        select question.GetProperty("question").GetString();

    private static int PlanPasses(GenerationResult result) => result.CriticalPath.Count(DecodingStage.Plan);

    private static PlannedDiffusionEngine Engine(int rows) => PlannedDiffusionEngine.Load(
        Repository.PathTo("models", "demo"), new EngineOptions
        {
            Runner = new RunnerOptions { Limits = new RunnerLimits { MaxRowsPerStep = rows } },
        });
}
