using System.Globalization;
using PlannedDiffusion.Cli.Evaluate;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Evaluate;

public sealed class EvaluationPartsTests
{
    /// <summary>Values of the method without continuity correction in Newcombe (1998), table I, and two ends.</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    [InlineData(20, 20, 0.8389, 1)]
    [InlineData(0, 0, 0, 1)]
    public void WilsonIntervalsAreTheKnownOnes(int right, int total, double low, double high)
    {
        WilsonInterval interval = WilsonInterval.Of(right, total);
        Assert.Equal(low, interval.Low, 5e-5);
        Assert.Equal(high, interval.High, 5e-5);
    }

    [Fact]
    public void AFactIsRightIfAllItsTextsOccur()
    {
        var prompt = new EvaluationPrompt("?", null, [["Gold", "AU"], ["79"], ["silver", "gold"]], false);
        const string Answer = "The symbol of gold is Au. Its number is 79. Silver is Ag.";
        Assert.Equal(3, FactCheck.CountRight(prompt, Answer));
        Assert.Equal(2, FactCheck.CountRight(prompt with { InSentence = true }, Answer));
        Assert.Equal(0, FactCheck.CountRight(prompt, ""));
        Assert.Equal(0, FactCheck.CountRight(prompt with { Facts = null }, Answer));
    }

    [Fact]
    public void EachDistinctCellAppearsOnce()
    {
        var grid = new EvaluationGrid
        {
            Decoders = [DecoderName.Planned, DecoderName.Autoregressive, DecoderName.Diffusion, DecoderName.FastDllm],
            StepsRatios = [1, 0.5],
            Policies = [(Preset.Published, new ThresholdUnmasking(0.9f))],
            LengthScales = [1, 1.5],
            WithoutTopics = true,
            WithoutSyncs = true,
        };
        EvaluationCell[] cells = grid.Cells(new DecodingKnobs { Common = new GenerationOptions { Seed = 3 } });
        Assert.Equal(
            [
                "planned-r1-t0.9", "planned-r1-t0.9-no-topics", "planned-r1-t0.9-no-sync", "planned-r1-t0.9-l1.5",
                "planned-r1-t0.9-l1.5-no-topics", "planned-r1-t0.9-l1.5-no-sync", "planned-r0.5-t0.9",
                "planned-r0.5-t0.9-no-topics", "planned-r0.5-t0.9-no-sync", "planned-r0.5-t0.9-l1.5",
                "planned-r0.5-t0.9-l1.5-no-topics", "planned-r0.5-t0.9-l1.5-no-sync", "ar", "diffusion-r1-t0.9",
                "diffusion-r0.5-t0.9", "fast-dllm-t0.9",
            ],
            cells.Select(cell => cell.Name));
        Assert.All(cells, cell => Assert.Equal(3UL, cell.Options.Seed));
        EvaluationCell scaled = cells.Single(cell => cell.Name == "planned-r0.5-t0.9-l1.5-no-topics");
        PlannedOptions plans = Assert.IsType<PlannedOptions>(scaled.Options.Decoding);
        Assert.Equal((15, 0.5), (plans.LengthScale, plans.StepsRatio));
        Assert.Equal((true, false), (scaled.Options.Experiment!.DropTopics, scaled.Options.Experiment.DropSyncs));
        Assert.Equal(64, cells[^1].Filling(64).Options.MaxNewTokens);
        Assert.Null(scaled.Filling(64).Options.MaxNewTokens);
        Assert.Equal(new ThresholdUnmasking(0.9f), plans.Unmasking);
    }

    [Fact]
    public void EachPolicyHasItsCells()
    {
        var grid = new EvaluationGrid
        {
            Decoders = [DecoderName.Sparse, DecoderName.Autoregressive, DecoderName.FastDllm],
            StepsRatios = [1, 0.5],
            Policies =
            [
                (Preset.Published, null), (Preset.Published, new ScheduledUnmasking(ConfidenceKind.Margin)),
                (Preset.Fast, new CertainUnmasking(0.95f)), (Preset.Fast, null),
            ],
            LengthScales = [1],
            Drafts = [DraftKind.Grammar, DraftKind.None],
        };
        string[] names =
        [
            "sparse-r1", "sparse-r1-no-drafts", "sparse-r0.5", "sparse-r0.5-no-drafts",
            "sparse-r1-margin", "sparse-r1-margin-no-drafts", "sparse-r0.5-margin", "sparse-r0.5-margin-no-drafts",
            "sparse-r1-c0.95", "sparse-r1-c0.95-no-drafts", "sparse-r0.5-c0.95", "sparse-r0.5-c0.95-no-drafts",
            "sparse-r1-fast", "sparse-r1-fast-no-drafts", "sparse-r0.5-fast", "sparse-r0.5-fast-no-drafts",
            "ar", "fast-dllm", "fast-dllm-c0.95", "fast-dllm-fast",
        ];
        Assert.Equal(names, grid.Cells(new DecodingKnobs()).Select(cell => cell.Name));
        grid = grid with { StepsRatios = [], Drafts = [DraftKind.Lookup, DraftKind.None] };
        Assert.Equal(
            [
                "sparse-r1-no-drafts", "sparse-r0.5-no-drafts", "sparse-r0.25-no-drafts", "sparse-r1-fast-no-drafts",
                "ar-lookup", "ar", "fast-dllm", "fast-dllm-fast",
            ],
            (grid with { Policies = [(Preset.Published, null), (Preset.Fast, null)] }).Cells(new DecodingKnobs())
                .Select(cell => cell.Name));
    }

    [Fact]
    public void ACellsNameHasAllItsVariedKnobs()
    {
        var random = new Random(1);
        T One<T>(params T[] choices) => choices[random.Next(choices.Length)];
        for (int i = 0; i < 2000; i++)
        {
            DecodingKnobs knobs = new DecodingKnobs
            {
                Common = new GenerationOptions
                {
                    Preset = One(Preset.Published, Preset.Fast),
                    Temperature = One(0, 0.2f, 1),
                    TopP = One(1, 0.95f),
                },
                Planned = new PlannedOptions { LengthScale = One(10, 15, 5), DraftPlans = One(true, false) },
                Ablation = One(
                    null,
                    new ExperimentOptions { DropTopics = true, DropSyncs = One(true, false) },
                    new ExperimentOptions { DropSyncs = true }),
            }
            .WithStepsRatio(One(1, 0.25, 0.3))
            .WithPolicy(One<UnmaskPolicy?>(
                new ScheduledUnmasking(One(
                    ConfidenceKind.NegativeEntropy, ConfidenceKind.Probability, ConfidenceKind.Margin)),
                new ThresholdUnmasking(One(0.9f, 0.35f, 0, 1)),
                new CertainUnmasking(One(0.999f, 0.95f, 0.5f)),
                new FactorUnmasking(One(0.03f, 1, 2.5f)),
                null));
            GenerationOptions options = knobs.For(One([.. DecoderName.All]));
            EvaluationCell cell = EvaluationCell.Of(options);
            EvaluationCell parsed = EvaluationCell.Parse(cell.Name, new DecodingKnobs());
            Assert.Equal(cell.Name, parsed.Name);
            GenerationOptions own = parsed.Options;
            bool policy = options.Decoding is PlannedOptions or DiffusionOptions
                || (options.Decoding is FastDllmOptions { Unmasking: not ScheduledUnmasking });
            Assert.Equal(
                CommonKnobs.WithPolicy(own, null) with { Preset = Preset.Published },
                CommonKnobs.WithPolicy(options, null) with { Preset = Preset.Published });
            Assert.Equal(Policy(policy ? options : new GenerationOptions()), Policy(own));
        }

        object Policy(GenerationOptions o) => CommonKnobs.Unmasking(o) ?? (o.Preset == Preset.Fast
            ? "fast" : (object)new ScheduledUnmasking(ConfidenceKind.NegativeEntropy));
    }

    [Fact]
    public void ACellsNameIsParsedInAnyOrderAndKeepsOtherOptions()
    {
        var others = new DecodingKnobs { Common = new GenerationOptions { Seed = 3, TopP = 0.5f } };
        EvaluationCell cell = EvaluationCell.Parse("sparse-p0.95-no-drafts-no-topics-c.9", others);
        Assert.Equal("sparse-r1-c0.9-no-topics-no-drafts-p0.95", cell.Name);
        Assert.Equal((3UL, 0.95f), (cell.Options.Seed, cell.Options.TopP));
        Assert.Equal("ar-p0.5", EvaluationCell.Parse("ar", others).Name);
    }

    [Fact]
    public void TheTimeLeftUsesThePaceOfEachCell()
    {
        var left = new TimeLeft(["fast", "slow", "unknown"], 10);
        Assert.Null(left.Estimate());
        left.Note("fast", 1);
        left.Note("fast", 3);
        left.Note("slow", 10);
        Assert.Equal(27, left.AnswersLeft);
        Assert.Equal(TimeSpan.FromSeconds((8 * 2) + (9 * 10) + (10 * 6)), left.Estimate());
        Assert.Equal(
            "3 of 30 answers, 3 min left, slow",
            EvaluationView.Text(new EvaluationProgress(3, 30, "slow", left.Estimate())));
    }

    [Fact]
    public void TheFrontierHasTheCellsThatNoOtherCellBeats()
    {
        EvaluationPrompt[] prompts =
            [.. Enumerable.Range(0, 4).Select(i => new EvaluationPrompt($"{i}", null, [["x"]], false))];
        EvaluationCell[] cells =
        [
            .. new[] { "slow", "fast", "bad" }.Select(name => new EvaluationCell(name, new GenerationOptions())),
            new EvaluationCell("ar", new GenerationOptions { Decoding = new AutoregressiveOptions() }),
        ];
        var answers = new Dictionary<(string, int), EvaluationAnswer>();
        void Add(string cell, int right, double seconds, int passes)
        {
            for (int i = 0; i < 4; i++)
            {
                answers.Add((cell, i), new EvaluationAnswer(
                    cell, i, i < right ? "x" : "", seconds * (i + 1), passes,
                    new Dictionary<string, int> { ["plan"] = 2 }, 5, ["completed"], null));
            }
        }

        Add("slow", 4, 2, 10);
        Add("fast", 3, 1, 20);
        Add("bad", 3, 1.5, 30);
        Add("ar", 4, 4, 40);
        IReadOnlyList<FrontierCell> frontier = Frontier.Of(prompts, cells, answers);
        Assert.Equal([true, true, false, false], frontier.Select(cell => cell.BestForLatency));
        Assert.Equal([true, false, false, false], frontier.Select(cell => cell.BestForPasses));
        FrontierCell fast = frontier[1];
        Assert.Equal((3, 4, 0.75), (fast.FactsRight, fast.FactsTotal, fast.Share));
        Assert.Equal((2.5, 2.0, 4.0), (fast.MeanSeconds, fast.MedianSeconds, fast.P95Seconds));
        Assert.Equal((2.0, 4.0), (fast.PassRatio!.Value, fast.TimeRatio!.Value));
        Assert.Equal((20, 2, 5, 0.25), (fast.MeanPasses, fast.MeanPlanPasses, fast.MeanTokens, fast.TokensPerPass));
    }

    /// <summary>By hand: constant up to the first point, linear between points, weighted by the best of all.</summary>
    [Fact]
    public void TheAreaIsTheIntegralOfWeightedAccuracy()
    {
        FrontierCell[] cells =
        [
            Measured("sparse", 0.9, 2), Measured("sparse", 0.88, 6), Measured("sparse", 0.85, 8),
            Measured("sparse", 0.84, 9), // loses too much accuracy
            Measured("sparse", 0.87, 5), // beaten by the second
            Measured("ar", 0.96, 1), Measured("diffusion", 0, 3),
        ];
        double Weighted(double share) => 100 * share * Math.Exp(-3 * (1 - (share / 0.96)));
        double sparse = (2 * Weighted(0.9)) + (4 * (Weighted(0.9) + Weighted(0.88)) / 2)
            + (2 * (Weighted(0.88) + Weighted(0.85)) / 2);
        IReadOnlyList<SystemArea> systems = ParallelAccuracy.Of(cells);
        Assert.Equal(["sparse", "ar", "diffusion"], systems.Select(system => system.Decoder));
        Assert.Equal(sparse, systems[0].AccuracyUnderParallelism, 1e-9);
        Assert.Equal(["sparse 2", "sparse 6", "sparse 8"], systems[0].Cells);
        Assert.Equal(96, systems[1].AccuracyUnderParallelism, 1e-9);
        Assert.Equal(0, systems[2].AccuracyUnderParallelism);
        Assert.Empty(ParallelAccuracy.Of([cells[0] with { FactsTotal = 0 }]));
    }

    /// <summary>The end of the curve moved to more tokens per pass.</summary>
    [Fact]
    public void FewerPassesNeverReduceTheArea()
    {
        var random = new Random(2);
        for (int i = 0; i < 500; i++)
        {
            FrontierCell[] cells = [.. Enumerable.Range(0, random.Next(1, 6))
                .Select(_ => Measured("sparse", 0.9 + (0.05 * random.NextDouble()), 1 + (9 * random.NextDouble())))];
            FrontierCell other = Measured("ar", 1, 1); // keeps the best accuracy
            double Area() => ParallelAccuracy.Of([.. cells, other])[0].AccuracyUnderParallelism;
            double before = Area();
            int last = Array.IndexOf(cells, cells.MaxBy(cell => cell.TokensPerPass));
            cells[last] = cells[last] with { TokensPerPass = cells[last].TokensPerPass + random.NextDouble() };
            Assert.True(Area() >= before, $"{i}");
        }
    }

    private static FrontierCell Measured(string decoder, double share, double tokensPerPass) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"{decoder} {tokensPerPass}"),
        Decoder = decoder,
        Answers = 1,
        Failed = 0,
        Cut = 0,
        FactsRight = (int)(100 * share),
        FactsTotal = 100,
        Share = share,
        Low = 0,
        High = 1,
        MeanSeconds = 1,
        MedianSeconds = 1,
        P95Seconds = 1,
        MeanPasses = 1,
        MeanPlanPasses = 0,
        MeanDenoisePasses = 0,
        MeanTokens = tokensPerPass,
        TokensPerPass = tokensPerPass,
        PassRatio = null,
        TimeRatio = null,
    };
}
