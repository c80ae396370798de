using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>Guessed tokens change nothing on a device either, where small steps alone have the same bits.</summary>
public sealed class CudaDraftsTests(TestDevice device) : CudaTests(device)
{
    /// <summary>A request alone: every token, and every bit of keys and values.</summary>
    [Theory]
    [InlineData(Precision.BF16)]
    [InlineData(Precision.F32)]
    public void ARequestAloneIsTheSame(Precision precision)
    {
        int kept = 0;
        foreach (int seed in (int[])[2, 5, 8, 17, 63])
        {
            var request = new GrammarRequest(seed, Rows: 160, Capacity: 90);
            PlannedDecoder planned = request.Planned;
            Compare(planned, planned with { DraftPlans = true }, request.HintAt);
            AutoregressiveDecoder answer = request.Autoregressive;
            Compare(answer, answer with { PromptLookup = true }, request.RepeatedAt);
        }

        Assert.True(kept > 60, $"{kept} drafts came true");

        void Compare(IDecoder decoder, IDecoder drafting, Func<int, int?> hintAt)
        {
            DecodingOutcome expected = Decode(decoder), actual = Decode(drafting);
            expected.AssertSame(actual);
            Assert.Equal(expected.Passes.Count, actual.Passes.Sum(pass => 1 + pass.Kept));
            Assert.Equal(0, actual.Surplus);
            Assert.All(actual.Passes, pass => Assert.True(pass.Drafted == 0 || pass.Rows <= 8));
            kept += actual.Passes.Sum(pass => pass.Kept);

            DecodingOutcome Decode(IDecoder decoder) => DecodingOutcome.Of(
                () => new ScriptedRunner(Runner(precision), hintAt), decoder, 90, GrammarModel.Prompt);
        }
    }

    /// <summary>Requests that share steps decide in f32 what each decides alone without drafts.</summary>
    [Fact]
    public void CompanyDecidesTheSame()
    {
        GrammarRequest[] requests =
            [.. new[] { 4, 9, 15, 22 }.Select(seed => new GrammarRequest(seed, Rows: 160, Capacity: 80))];
        using var runner = new ScriptedRunner(Runner(Precision.F32), requests[0].HintAt);
        Sequence[] sequences = [.. requests.Select(one => new Sequence(runner, one.Capacity, GrammarModel.Prompt))];
        SharedSteps.Run(
            runner, [.. sequences.Zip(requests, (sequence, request) => (sequence, Decoder(request, drafts: true)))]);
        Assert.Contains(sequences, sequence => sequence.Record.Passes.Any(pass => pass.Kept > 0));
        for (int i = 0; i < sequences.Length; i++)
        {
            using var alone = new Sequence(runner, requests[i].Capacity, GrammarModel.Prompt);
            SharedSteps.Run(runner, [(alone, Decoder(requests[i], drafts: false))]);
            Assert.Equal(alone.Tokens, sequences[i].Tokens);
            Assert.Equal(alone.Finish, sequences[i].Finish);
            sequences[i].Dispose();
        }

        static IDecoder Decoder(GrammarRequest request, bool drafts) =>
            request.Planned with { DraftPlans = drafts };
    }

    private CudaModelRunner Runner(Precision precision)
    {
        _ = Device.Device;
        using ModelWeights weights = GrammarModel.Weights();
        return CudaRunners.Create(weights, CudaRunners.Exact with
        {
            Precision = precision,
            Limits = GrammarModel.Limits(rows: 160),
        });
    }
}
