using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Planned or one token at a time, by the requests that arrive.</summary>
public sealed class AutoOptionsTests
{
    private const string Plan = "x<promise>-<topic>uno 1</topic><|im_end|>";

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ItPlansWhileFewRequestsArrivedInTenSeconds()
    {
        var clock = new ManualTime();
        using PlannedDiffusionEngine engine = Around(ReferenceRunner(), new EngineOptions { Clock = clock });
        Assert.Equal("planned", await Decoder(engine, Auto(2)));
        clock.Advance(Window / 2);
        Assert.Equal("planned", await Decoder(engine, Auto(2)));
        Assert.Equal("autoregressive", await Decoder(engine, Auto(2)));
        clock.Advance(Window / 2);
        Assert.Equal("autoregressive", await Decoder(engine, Auto(2))); // two of half a window ago
        clock.Advance(Window / 2);
        Assert.Equal("planned", await Decoder(engine, Auto(2))); // one of them
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("planned", await Decoder(engine, Auto(1)));
        Assert.Equal("autoregressive", await Decoder(engine, Auto(0)));
    }

    /// <summary>Requests of every kind are load; one that is refused for its fields is none.</summary>
    [Fact]
    public async Task EveryRequestThatArrivesCounts()
    {
        using PlannedDiffusionEngine engine =
            Around(ReferenceRunner(), new EngineOptions { Clock = new ManualTime() });
        await Assert.ThrowsAsync<ArgumentException>(
            () => engine.CompleteAsync(Request("say", Auto(1) with { TopP = 0 }), Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => engine.CompleteAsync(Request("", Auto(1)), Cancellation));
        Assert.Equal("planned", await Decoder(engine, Auto(1)));
        await foreach (string _ in engine.GenerateTextAsync(Request("say", Planned(Plan)), Cancellation))
        {
        }

        Assert.Equal("planned", await Decoder(engine, Auto(3)));
        Assert.Equal("autoregressive", await Decoder(engine, Auto(3)));
    }

    /// <summary>The answer is that of the way it chose.</summary>
    [Theory]
    [InlineData(1, "planned")]
    [InlineData(0, "autoregressive")]
    public async Task AnAnswerIsThatOfTheChosenWay(int most, string decoder)
    {
        GenerationOptions options = Auto(most) with { MaxNewTokens = 40 };
        var auto = (AutoOptions)options.Decoding;
        GenerationOptions chosen = options with
        {
            Decoding = most > 0 ? auto.Planned : auto.Autoregressive,
            Experiment = most > 0 ? options.Experiment : null,
        };
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        GenerationResult result = await engine.CompleteAsync(Request("say", options), Cancellation);
        GenerationResult expected = await engine.CompleteAsync(Request("say", chosen), Cancellation);
        Assert.Equal((decoder, decoder), (result.Decoder, expected.Decoder));
        Assert.Equal(expected.Tokens, result.Tokens);
    }

    [Fact]
    public async Task WithoutAnEntryItWritesOneTokenAtATime()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        Assert.Equal("autoregressive", await Decoder(engine, Auto(null)));
    }

    [Fact]
    public async Task ACheckpointThatCannotPlanWritesOneTokenAtATime()
    {
        ModelConfig config = Config with { MaskTokenId = null };
        var runner = new IdleRunner(config, Limits, answer: 5);
        using PlannedDiffusionEngine engine = Around(runner);
        Assert.Equal("autoregressive", await Decoder(engine, Auto(100) with { MaxNewTokens = 3 }));
    }

    [Fact]
    public void BadOptionsAreRefusedByTheirNames()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        GenerationRequest request = Request("say", Auto(3));
        Refused(Auto(-1), "Decoding.MostArrivals is -1");
        Refused(Auto(1, new PlannedOptions { StepsRatio = 2 }), "Decoding.StepsRatio is 2");
        Refused(new GenerationOptions { Decoding = new AutoOptions { Planned = null! } }, "Decoding.Planned");
        ArgumentException plan = Assert.Throws<ArgumentException>(
            () => { _ = engine.CompleteAsync(request with { Plan = [new PlanItem("a", 3)] }, Cancellation); });
        Assert.Contains("AutoOptions", plan.Message, StringComparison.Ordinal);

        void Refused(GenerationOptions options, string message)
        {
            ArgumentException refusal = Assert.Throws<ArgumentException>(
                () => { _ = engine.CompleteAsync(Request("say", options), Cancellation); });
            Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>An entry is for a device, a model's shape, a preset and a ratio.</summary>
    [Fact]
    public void EntriesAreFoundByDeviceModelPresetAndRatio()
    {
        const string Text = "# words\nNVIDIA H200\t32\t2\tpublished\t0.5\t18\nNVIDIA H200\t32\t2\tfast\t1\t7\n";
        ModelConfig config = Config with { HiddenSize = 32, LayerCount = 2 };
        ArrivalLimits limits = Of("cuda: NVIDIA H200, sm_90, bf16", config);
        Assert.Equal(18, limits[new PlannedOptions { StepsRatio = 0.5 }, Preset.Published]);
        Assert.Equal(7, limits[new PlannedOptions(), Preset.Fast]);
        Assert.Equal(0, limits[new PlannedOptions { StepsRatio = 0.25 }, Preset.Published]);
        Assert.Equal(0, limits[new PlannedOptions { StepsRatio = 0.5 }, Preset.Fast]);
        Assert.Equal(
            0,
            limits[new PlannedOptions { StepsRatio = 0.5, Unmasking = new CertainUnmasking() }, Preset.Published]);
        var planned = new PlannedOptions { StepsRatio = 0.5 };
        Assert.Equal(0, Of("cuda: NVIDIA H100, sm_90, bf16", config)[planned, Preset.Published]);
        Assert.Equal(0, Of("NVIDIA H200", config with { LayerCount = 3 })[planned, Preset.Published]);

        static ArrivalLimits Of(string device, ModelConfig config)
        {
            using var reader = new StringReader(Text);
            return ArrivalLimits.Of(reader, device, config);
        }
    }

    /// <summary>The entries that the library brings.</summary>
    [Fact]
    public void AnH200HasEntries()
    {
        ModelConfig config = Config with { HiddenSize = 3584, LayerCount = 28 };
        var limits = ArrivalLimits.For("cuda: NVIDIA H200, sm_90, bf16", config);
        int[] most = [.. new[] { 1, 0.5, 0.25 }.Select(
            ratio => limits[new PlannedOptions { StepsRatio = ratio }, Preset.Published])];
        Assert.InRange(most[0], 3, 6);
        Assert.InRange(most[1], 14, 26);
        Assert.InRange(most[2], 38, 75);
    }

    private static async Task<string> Decoder(PlannedDiffusionEngine engine, GenerationOptions options) =>
        (await engine.CompleteAsync(Request("say", options), Cancellation)).Decoder;

    private static GenerationOptions Auto(int? most, PlannedOptions? planned = null) => Planned(Plan) with
    {
        Decoding = new AutoOptions { MostArrivals = most, Planned = planned ?? new PlannedOptions() },
    };
}
