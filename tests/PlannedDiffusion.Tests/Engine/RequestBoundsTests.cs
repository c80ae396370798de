using System.Collections.Immutable;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>The largest numbers, the longest texts, the smallest steps, and nulls.</summary>
public sealed class RequestBoundsTests
{
    private static readonly DecoderKind[] Kinds = Enum.GetValues<DecoderKind>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<DecoderKind> Decoders => [.. Kinds];

    /// <summary>int.MaxValue is the usual way to write "no limit".</summary>
    [Theory]
    [MemberData(nameof(Decoders))]
    public async Task TheLargestIntegerMeansNoLimit(DecoderKind kind)
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        var all = new GenerationOptions
        {
            Decoding = kind.Options() switch
            {
                PlannedOptions planned => planned with
                {
                    MaxRounds = int.MaxValue,
                    MaxPlanTokens = int.MaxValue,
                    DefaultSpanLength = int.MaxValue,
                    StepsRatio = 0.1,
                    Limits = new PlanLimits
                    {
                        Spans = int.MaxValue,
                        SpanTokens = int.MaxValue,
                        ScaffoldTokens = int.MaxValue,
                    },
                },
                DiffusionOptions diffusion => diffusion with { StepsRatio = 0.1 },
                FastDllmOptions blocks => blocks with
                {
                    BlockLength = int.MaxValue,
                    Unmasking = new ThresholdUnmasking(0),
                },
                { } text => text,
            },
            MaxNewTokens = int.MaxValue,
            MaxLength = int.MaxValue,
            TopK = int.MaxValue,
        };
        GenerationResult result = await engine.CompleteAsync(Request("say", all), Cancellation);
        int most = kind.FillsFixedLength() ? Limits.MaxRowsPerStep : Limits.MaxPositions;
        Assert.InRange(result.Usage.Prompt + result.Tokens.Length, 1, most);
        if (kind.FillsFixedLength())
            Assert.Equal(most, result.Usage.Prompt + result.Tokens.Length);
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(int.MaxValue)]
    public void APlanThatCannotFitIsRefusedWithNeedAndHave(int length)
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        foreach (int items in new[] { 1, 2, 3 })
        {
            GenerationRequest request = Request("say", Planned()) with
            {
                Plan = [.. Enumerable.Repeat(new PlanItem("a", length), items)],
            };
            var error = Assert.Throws<RunnerCapacityException>(() => { engine.GenerateAsync(request, Cancellation); });
            long least = (long)items * length;
            Assert.Matches($@"need \d+ positions; MaxLength is 250", error.Message);
            Assert.InRange(long.Parse(error.Message.Split(' ')[^5]), least, least + (20 * items));
        }
    }

    [Fact]
    public void LengthsBeyondTheRunnerAreRefusedWithNeedAndHave()
    {
        foreach (DecoderKind kind in Kinds)
        {
            if (kind.FillsFixedLength()) continue; // as long as MaxNewTokens
            var options = new GenerationOptions { Decoding = kind.Options(), MaxLength = int.MaxValue - 1 };
            Assert.Contains("2147483646 positions; the runner has 256", Refusal<RunnerCapacityException>(options));
        }

        var fixedLength = new GenerationOptions { Decoding = new DiffusionOptions(), MaxNewTokens = int.MaxValue - 1 };
        Assert.Contains("positions; the runner has 256", Refusal<RunnerCapacityException>(fixedLength));
        fixedLength = fixedLength with { MaxNewTokens = 100 };
        Assert.Contains("MaxRowsPerStep", Refusal<RunnerCapacityException>(fixedLength));

        static string Refusal<T>(GenerationOptions options)
            where T : Exception
        {
            using PlannedDiffusionEngine engine = Around(ReferenceRunner());
            return Assert.Throws<T>(() => { engine.GenerateAsync(Request("say", options), Cancellation); }).Message;
        }
    }

    /// <summary>With one row per step, a request is computed if that is possible, or refused by name.</summary>
    [Theory]
    [MemberData(nameof(Decoders))]
    public async Task OneRowPerStepDecodesOrIsRefusedByName(DecoderKind kind)
    {
        GenerationOptions options = Planned("no promise<|im_end|>").As(kind) with { MaxNewTokens = 30 };
        using PlannedDiffusionEngine narrow = Around(CpuRunner(Limits with { MaxRowsPerStep = 1 }));
        Func<Task<GenerationResult>> request =
            () => narrow.CompleteAsync(Request("a long prompt", options), Cancellation);
        if (kind != DecoderKind.Autoregressive)
        {
            RunnerCapacityException error = await Assert.ThrowsAsync<RunnerCapacityException>(request);
            Assert.Contains("1 (RunnerLimits.MaxRowsPerStep)", error.Message, StringComparison.Ordinal);
            return;
        }

        using PlannedDiffusionEngine wide = Around(CpuRunner());
        GenerationResult expected = await wide.CompleteAsync(Request("a long prompt", options), Cancellation);
        Assert.Equal(expected.Tokens, (await request()).Tokens);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public async Task SmallStepsDecodePlansAsWell(int rows)
    {
        const string plan = "<promise>-<topic>a 1</topic><promise>-<topic>b 1</topic><sync/>";
        GenerationOptions options = Planned(plan, plan).WithPlans(plans => plans with { LengthScale = 1 });
        foreach (KvCommit commit in Enum.GetValues<KvCommit>())
        {
            using PlannedDiffusionEngine narrow = Around(CpuRunner(Limits with { MaxRowsPerStep = rows }));
            using PlannedDiffusionEngine wide = Around(CpuRunner());
            GenerationRequest request = Request("say", options.WithPlans(
                plans => plans with { Commit = commit, Visibility = SpanVisibility.Sparse }));
            GenerationResult expected = await wide.CompleteAsync(request, Cancellation);
            Assert.Equal(expected.Tokens, (await narrow.CompleteAsync(request, Cancellation)).Tokens);
        }
    }

    /// <summary>A text that can never fit is not encoded: memory and time do not grow with it.</summary>
    [Fact]
    public void TextsThatCannotFitAreRefusedBeforeTheyAreEncoded()
    {
        string text = string.Concat(Enumerable.Repeat("e\u0301\u0323\u0345\u0334", 400_000));
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        GenerationRequest[] requests =
        [
            Request(text, new GenerationOptions()),
            new() { PromptTokens = [.. new int[2_000_000]] },
            GenerationRequest.FromUser(text),
            new() { Messages = [new ChatMessage(text, "hi")] },
            GenerationRequest.FromUser("hi") with { SystemPrompt = text },
        ];
        foreach (GenerationRequest request in requests)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var error = Assert.Throws<PromptTooLongException>(() => { engine.GenerateAsync(request, Cancellation); });
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
            Assert.Matches(@"The prompt has (at least )?\d+ tokens; MaxLength, prompt included, is 256", error.Message);
            Assert.InRange(error.Message.Length, 1, 200);
        }

        long start = GC.GetAllocatedBytesForCurrentThread();
        GenerationRequest planned = Request("x", Planned()) with { Plan = [new PlanItem(text, 1)] };
        var refusal = Assert.Throws<RunnerCapacityException>(() => { engine.GenerateAsync(planned, Cancellation); });
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - start, 0, 100_000);
        Assert.InRange(refusal.Message.Length, 1, 200);
    }

    /// <summary>The bound holds: neither the text that shrinks most nor the longest words have fewer tokens.</summary>
    [Fact]
    public void NoTextHasFewerTokensThanTheBound()
    {
        string[] parts =
        [
            "e\u0301\u0323\u0345\u0334", "\u1100\u1161\u11A8", "\u03B1\u0313\u0300\u0345", "u\u0308\u0304", "\u212B",
            "\u1F82", "\uD834\uDD5E", "\uD87E\uDC00", "\uD800", " ", "\n", "the ", "</topic>", "\u037E", "\u212A",
        ];
        foreach (string part in parts)
        {
            foreach (int count in new[] { 1, 7, 1000 })
            {
                string text = string.Concat(Enumerable.Repeat(part, count));
                int tokens = TinyEngines.Tokenizer.Encode(text).Length;
                Assert.InRange(TinyEngines.Tokenizer.FewestTokens(text.Length), 0, tokens);
            }
        }
    }

    [Fact]
    public void NullsAndDefaultsInListsAreNamed()
    {
        AssertNamed("messages[1].Content", new() { Messages = [new("user", "a"), new("user", null!)] });
        AssertNamed("messages[0].Role", new() { Messages = [default] });
        AssertNamed("PromptTokens", new() { PromptTokens = default(ImmutableArray<int>) });
        AssertNamed("PromptTokens", new() { PromptTokens = [1, -1] });
        AssertNamed("Plan[1]", Request("x", Planned()) with { Plan = [new("a", 1), null!] });
        AssertNamed("Plan[0].Topic", Request("x", Planned()) with { Plan = [new(null!, 1)] });
        AssertNamed("Plan[0].Length", Request("x", Planned()) with { Plan = [new("a", 0)] });
        AssertNamed("Experiment.ForcedPlans[0]", Trying(new() { ForcedPlans = [[1, 310]] }));
        AssertNamed("Experiment.ForcedPlans", Trying(new() { ForcedPlans = [[1], default] }));
        AssertNamed("Experiment.ForcedSteps", Trying(new() { ForcedSteps = default }));
        AssertNamed("Experiment.ForcedSteps is 0", Trying(new() { ForcedSteps = [3, 0] }));

        static GenerationRequest Trying(ExperimentOptions experiment) =>
            Request("x", Planned() with { Experiment = experiment });

        static void AssertNamed(string field, GenerationRequest request)
        {
            using PlannedDiffusionEngine engine = Around(ReferenceRunner());
            var error = Assert.ThrowsAny<ArgumentException>(() => { engine.GenerateAsync(request, Cancellation); });
            Assert.Contains(field, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void DecodersRefuseNumbersThatTheyCannotUse()
    {
        using ReferenceModelRunner runner = ReferenceRunner();
        IDecoder[] tooLong =
        [
            new DiffusionDecoder { Length = int.MaxValue, Steps = int.MaxValue },
            new FastDllmDecoder { Length = int.MaxValue, BlockLength = int.MaxValue, Cache = BlockCache.Dual },
        ];
        foreach (IDecoder decoder in tooLong)
        {
            using var sequence = new Sequence(runner, 20, [1, 2, 3]);
            Assert.Throws<RunnerCapacityException>(() => decoder.Decode(sequence).First());
        }

        IDecoder[] unusable =
        [
            new DiffusionDecoder { Length = -5, Steps = 1 },
            new FastDllmDecoder { Length = 2, BlockLength = 32, Cache = BlockCache.Dual },
            new AutoregressiveDecoder { StopTokens = default, MaxLength = 10 },
        ];
        foreach (IDecoder decoder in unusable)
        {
            using var sequence = new Sequence(runner, 20, [1, 2, 3]);
            Assert.Throws<ArgumentException>(() => decoder.Decode(sequence).First());
        }

        Assert.Throws<RunnerCapacityException>(() => new Sequence(runner, int.MaxValue, [1]));
        Assert.Throws<ArgumentException>(() => new Sequence(runner, -1, [1]));
        Assert.Equal(0, runner.OpenSequences);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new FastDllmDecoder { Length = 9, BlockLength = 0, Cache = BlockCache.Dual });
        Assert.Equal(int.MaxValue, new UnmaskSchedule(int.MaxValue).Steps); // without an allocation of that size
    }

    [Theory]
    [InlineData("MaxRowsPerStep", int.MaxValue, 1, 1, 1)]
    [InlineData("MaxRowsPerStep", 0, 1, 1, 1)]
    [InlineData("MaxSequences", 1, int.MaxValue, 1, 1)]
    [InlineData("MaxPositions", 1, 1, int.MaxValue - 1, 1)]
    [InlineData("MaxPositions", 1, 1, -1, 1)]
    [InlineData("MaxGroupsPerSequence", 1, 1, 1, int.MaxValue)]
    public void RunnerLimitsOutsideTheirRangeAreNamed(string field, int rows, int sequences, int positions, int groups)
    {
        var limits = new RunnerLimits
        {
            MaxRowsPerStep = rows,
            MaxSequences = sequences,
            MaxPositions = positions,
            MaxGroupsPerSequence = groups,
        };
        Assert.Equal(field, Assert.Throws<ArgumentOutOfRangeException>(() => CpuRunner(limits)).ParamName);
    }

    [Fact]
    public void WithoutALimitPositionsAreTheModels()
    {
        using CpuModelRunner runner = CpuRunner(Limits with { MaxPositions = int.MaxValue });
        Assert.Equal(TinyEngines.Config.MaxPositions, runner.Limits.MaxPositions);
    }

    /// <summary>The largest possible ranges are counted without overflow, and refused.</summary>
    [Fact]
    public void RangesThatWouldOverflowAreRefused()
    {
        using CpuModelRunner runner = CpuRunner();
        int sequence = runner.OpenSequence(20);
        var step = new ForwardStep();
        var whole = new TokenRange(int.MinValue, int.MaxValue);
        for (int i = 0; i < 3; i++)
        {
            step.AddRows(sequence, whole, AttentionRange.Bidirectional(0, new TokenRange(0, 20)));
            step.AddLogits(sequence, whole);
            Assert.Equal((int.MaxValue, int.MaxValue), (step.RowCount, step.LogitsCount));
        }

        Assert.Throws<ArgumentException>(() => runner.Forward(step));
        Assert.Throws<ArgumentException>(() => runner.ClearKeyValues(sequence, whole));
        Assert.Throws<ArgumentException>(() => runner.BeginReadTokens(sequence, int.MaxValue, int.MaxValue));
    }
}
