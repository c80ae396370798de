using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Strings that end an answer.</summary>
public sealed class EngineStopStringsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static GenerationOptions Written =>
        new() { Decoding = new AutoregressiveOptions(), MaxNewTokens = 60, Experiment = new() { IgnoreEnd = true } };

    /// <summary>Any way of decoding, on a runner that runs ahead or not, against a look at the whole text.</summary>
    [Fact]
    public void TheTextEndsBeforeTheString() => Prop.ForAll(
        Gen.Choose(0, 5).ToArbitrary(),
        Gen.Choose(0, 3).ToArbitrary(),
        Gen.Choose(0, 10_000).ToArbitrary(),
        (decoder, plan, seed) =>
        {
            GenerationRequest request = AnyRequest.Of((DecoderKind)decoder, plan, seed);
            IModelRunner written =
                new ScriptedRunner(ReferenceRunner(), position => AnyRequest.WrittenAt(position, seed));
            using PlannedDiffusionEngine engine = Around(Device(written, ahead: seed % 3 == 0));
            string whole = Complete(engine, request).Text;
            string[] stops = Stops(whole, new Random(seed));
            string expected = Cut(whole, stops, out bool found);
            request = request with { Options = request.Options with { StopStrings = stops } };
            GenerationResult result = Complete(engine, request);
            Assert.Equal(expected, result.Text);
            Assert.Equal(found, result.Finish.HasFlag(FinishReason.StopString));
            Assert.Equal(result.CriticalPath.Passes.Length, result.CriticalPath.Times.Length);
            Assert.Equal(expected, string.Concat(Read(engine.GenerateTextAsync(request, Cancellation))));
            GenerationEvent[] settled = Read(engine.GenerateSettledAsync(request, cancellationToken: Cancellation));
            Assert.Equal(expected, string.Concat(settled.OfType<TextSettled>().Select(piece => piece.Text)));
            Assert.Equal(expected, Assert.IsType<Completed>(settled[^1]).Result.Text);
            GenerationEvent[] events = Read(engine.GenerateAsync(request, Cancellation));
            Assert.Equal(expected, Assert.IsType<Completed>(events[^1]).Result.Text);
            if (request.Options.Decoding is AutoregressiveOptions)
                Assert.Equal(expected, string.Concat(events.OfType<TextDelta>().Select(delta => delta.Text)));
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(150).WithReplay(6, 9));

    /// <summary>The pieces in which the text comes make no difference.</summary>
    [Fact]
    public void PiecesMakeNoDifference() => Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        string whole = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => "aab"[random.Next(3)]));
        string[] stops = Stops(whole, random);
        var matcher = new StopMatcher(stops);
        string told = "";
        for (int at = 0; at < whole.Length;)
        {
            int length = random.Next(1, whole.Length - at + 1);
            told += matcher.Take(whole[at..(at + length)]);
            at += length;
        }

        told += matcher.End();
        Assert.Equal(Cut(whole, stops, out bool found), told);
        Assert.Equal((told, found), (matcher.Text, matcher.Found));
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(2, 3));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheRequestEndsWithinAStepAfterTheString(bool ahead)
    {
        var runner = new GatedRunner(
            Device(new ScriptedRunner(ReferenceRunner(), position => 'a' + (position - 3)), ahead));
        using PlannedDiffusionEngine engine = Around(runner);
        GenerationOptions options = Written with { MaxNewTokens = 20, StopStrings = ["ef"] };
        GenerationResult result = await engine.CompleteAsync(Request("say", options), Cancellation);
        Assert.Equal(("abcd", FinishReason.StopString), (result.Text, result.Finish));
        Assert.InRange(runner.Steps.Count, 6, ahead ? 9 : 7);
    }

    [Fact]
    public void EmptyAndTooManyStringsAreRefused()
    {
        IReadOnlyList<string>[] all = [[""], ["a", null!], ["a", "b", "c", "d", "e"], null!];
        foreach (IReadOnlyList<string> stops in all)
        {
            var refusal = Assert.Throws<ArgumentException>((Written with { StopStrings = stops }).Validate);
            Assert.Equal("StopStrings", refusal.ParamName);
        }
    }

    /// <summary>Up to four strings, most of them parts of the text.</summary>
    private static string[] Stops(string whole, Random random) =>
    [
        .. Enumerable.Range(0, random.Next(1, 5)).Select(_ =>
        {
            int at = random.Next(whole.Length + 1);
            string part = whole.Substring(at, Math.Min(random.Next(1, 6), whole.Length - at));
            return part.Length == 0 || random.Next(4) == 0 ? part + "?" : part;
        }),
    ];

    private static string Cut(string whole, string[] stops, out bool found)
    {
        found = false;
        for (int end = 1; end <= whole.Length; end++)
        {
            string[] here = [.. stops.Where(stop => whole[..end].EndsWith(stop, StringComparison.Ordinal))];
            if (here.Length == 0) continue;
            found = true;
            return whole[..(end - here.Max(stop => stop.Length))];
        }

        return whole;
    }

    private static GenerationResult Complete(PlannedDiffusionEngine engine, GenerationRequest request) =>
        engine.CompleteAsync(request, Cancellation).GetAwaiter().GetResult();

    private static T[] Read<T>(IAsyncEnumerable<T> stream) => [.. stream.ToBlockingEnumerable(Cancellation)];
}
