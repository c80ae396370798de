using PlannedDiffusion.Cli.Evaluation;
using PlannedDiffusion.Cli.Json;
using PlannedDiffusion.Cli.Views;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Evaluation;

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
    public void AFactIsRightWhereAllItsTextsStand()
    {
        var prompt = new EvaluationPrompt("?", null, [["Gold", "AU"], ["79"], ["silver", "gold"]], false);
        const string Answer = "The symbol of gold is Au. Its number is 79. Silver is Ag.";
        Assert.Equal(3, FactCheck.CountRight(prompt, Answer));
        Assert.Equal(2, FactCheck.CountRight(prompt with { InSentence = true }, Answer));
        Assert.Equal(0, FactCheck.CountRight(prompt, ""));
        Assert.Equal(0, FactCheck.CountRight(prompt with { Facts = null }, Answer));
    }

    [Fact]
    public void ACellIsThereOncePerWayThatDiffers()
    {
        var grid = new EvaluationGrid
        {
            Decoders = [DecoderKind.Planned, DecoderKind.Autoregressive, DecoderKind.Diffusion, DecoderKind.FastDllm],
            StepsRatios = [1, 0.5],
            Thresholds = [0.9f],
            LengthScales = [1, 1.5],
            WithoutTopics = true,
            WithoutSyncs = true,
            DiffusionLength = 64,
        };
        EvaluationCell[] cells = grid.Cells(new GenerationOptions { Seed = 3 });
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
        Assert.Equal((15, 0.5, true, false), (scaled.Options.LengthScale, scaled.Options.StepsRatio,
            scaled.Options.DropTopics, scaled.Options.DropSyncs));
        Assert.Equal(64, cells[^1].Options.MaxNewTokens);
        Assert.Null(scaled.Options.MaxNewTokens);
        Assert.IsType<ThresholdUnmasking>(scaled.Options.Unmasking);
        Assert.IsType<ScheduledUnmasking>(
            (grid with { Thresholds = [] }).Cells(new GenerationOptions())[0].Options.Unmasking);
    }

    [Fact]
    public void TheTimeLeftFollowsThePaceOfEachCell()
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
    public void TheFrontierIsWhatNoOtherCellBeats()
    {
        EvaluationPrompt[] prompts =
            [.. Enumerable.Range(0, 4).Select(i => new EvaluationPrompt($"{i}", null, [["x"]], false))];
        EvaluationCell[] cells =
        [
            .. new[] { "slow", "fast", "bad" }.Select(name => new EvaluationCell(name, new GenerationOptions())),
            new EvaluationCell("ar", new GenerationOptions { Decoder = DecoderKind.Autoregressive }),
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
        Assert.Equal((20, 2, 5), (fast.MeanPasses, fast.MeanPlanPasses, fast.MeanTokens));
    }
}
