using System.Runtime.InteropServices;
using System.Text.Json;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class SampleTests(TestDevice device, ITestOutputHelper output) : SampleRunner(device)
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(131)]
    [InlineData(1000)]
    [InlineData(1025)]
    [InlineData(8192)]
    [InlineData(20_483)]
    public void AgreesWithTheReference(int vocabulary)
    {
        // Else top p may leave nothing but the mask token, for which the reference has no answer.
        int mask = vocabulary > 3 ? vocabulary / 2 : -1;
        double[] deviations = [0.5, 3, 20];
        float[][] rows = [.. deviations.Select((d, i) => Normal(new Random(vocabulary + i), vocabulary, d))];
        AssertAgrees(rows, [.. Enumerable.Range(0, rows.Length).SelectMany(row => SampleCases.All(row, row))], mask);
    }

    [Fact]
    public void AgreesWithTheReferenceOnALargeVocabulary()
    {
        float[][] rows = [.. new[] { 0.1, 2.5, 4 }.Select((d, i) => Normal(new Random(i), 152_064, d))];
        SampleCase[] cases =
        [
            new(0, SamplingParams.Greedy, ConfidenceKind.NegativeEntropy),
            new(0, new(0.7f, 0.9f, 0, 5), ConfidenceKind.NegativeEntropy, 3),
            new(0, new(1, 1, 0, 6), ConfidenceKind.Probability, 4),
            new(1, SamplingParams.Greedy, ConfidenceKind.Margin),
            new(1, new(0.2f, 0.95f, 50, 5), ConfidenceKind.NegativeEntropy, 5),
            new(1, new(0, 0.95f, 0, 5), ConfidenceKind.NegativeEntropy, 6),
            new(2, SamplingParams.Greedy, ConfidenceKind.NegativeEntropy),
            new(2, new(0, 1, 50, 5), ConfidenceKind.Probability, 7),
            new(2, new(0.9f, 1, 0, 5), ConfidenceKind.Margin, 8),
            new(2, new(1, 0.9f, 0, 9), ConfidenceKind.Probability, 9),
            new(0, new(0.7f, 0.9f, 0, 5), ConfidenceKind.Certainty, 10),
            new(1, new(0.2f, 0.95f, 0, 5), ConfidenceKind.Certainty, 11),
            new(2, new(0.7f, 1, 0, 5), ConfidenceKind.Certainty, 12),
        ];
        AssertAgrees(rows, cases, mask: 151_666);
    }

    /// <summary>
    /// The probability of whatever token is drawn, to the same few bits whatever its size: by lists and by passes, over
    /// several slices, and beside a mask token that has nearly all of it.
    /// </summary>
    [Fact]
    public void CertaintyIsTheModelsOwnProbability()
    {
        const int vocabulary = 20_500, mask = 10_300;
        float[] temperatures = [0, 1e-10f, 0.2f, 1, 10];
        (float TopP, int TopK)[] filters = [(1, 0), (0.5f, 0), (0.95f, 0), (1, 40), (0.9f, 4000)];
        List<float[]> rows = [];
        foreach (double deviation in new[] { 0.5, 3, 10 })
        {
            float[] row = Normal(new Random(6), vocabulary, deviation);
            row[7] = float.NegativeInfinity;
            foreach (float maskLogit in new[] { float.NegativeInfinity, 0, 30, 60 })
                rows.Add([.. row.Select((x, id) => id == mask ? maskLogit : x)]);
        }

        SampleCase[] cases = [.. from row in Enumerable.Range(0, rows.Count)
            from temperature in temperatures
            from filter in filters
            let sampling = new SamplingParams(temperature, filter.TopP, filter.TopK, 3)
            select new SampleCase(row, sampling, ConfidenceKind.Certainty, row)];
        double[][] p = [.. rows.Select(row => ReferenceSampler.Softmax([.. row.Select(x => (double)x)]))];
        (int Token, float Confidence)[] results = Run([.. rows], cases, mask);
        for (int i = 0; i < cases.Length; i++)
        {
            double error = results[i].Confidence / p[cases[i].Row][results[i].Token] - 1;
            Assert.True(Math.Abs(error) <= 1e-4, $"{cases[i]}: {results[i]}, off by {error}.");
        }
    }

    [Fact]
    public void CertaintyIsTheProbabilityIfSamplingChangesNothing()
    {
        float[] row = Normal(new Random(8), 30_000, 3);
        SamplingParams[] plain = [SamplingParams.Greedy, new(1, 1, 0, 1), new(1, 1, 30_000, 1)];
        (int, float)[] Results(ConfidenceKind kind) =>
            Run([row], [.. plain.Select(sampling => new SampleCase(0, sampling, kind))], mask: 5);
        Assert.Equal(Results(ConfidenceKind.Probability), Results(ConfidenceKind.Certainty));
    }

    [Fact]
    public void AgreesWithTheReferenceWhereLikelyTokensAreNeighbours()
    {
        // Likely tokens in one place, as the common tokens of a vocabulary are, and more of them than a list holds.
        foreach (int likely in new[] { 40, 900, 5000 })
        {
            float[] row = Normal(new Random(likely), 30_000, 1);
            for (int i = 0; i < likely; i++) row[i] += 12;
            AssertAgrees([row], SampleCases.All(0, likely), mask: 29_000);
        }
    }

    [Fact]
    public void ASliceMayHoldNothingButTheMaskToken()
    {
        const int vocabulary = 10_241;
        float[] row = Normal(new Random(4), vocabulary, 2);
        AssertAgrees([row], SampleCases.All(0, 0), mask: vocabulary - 1);
        row[^1] = 30;
        AssertAgrees([row], [new(0, new(0, 1, 40, 1), default), new(0, new(0.5f, 1, 0, 1), default)], vocabulary - 1);
    }

    [Fact]
    public void RowsWhoseFiltersKeepFewAreReadOnce()
    {
        const int vocabulary = 30_000;
        float[] row = Normal(new Random(8), vocabulary, 2.5);
        SamplingParams[] settings =
            [new(0.2f, 0.95f, 0, 5), new(0.2f, 0.95f, 50, 6), new(0, 1, 64, 7), SamplingParams.Greedy];
        SampleCase[] cases =
            [.. settings.Select(sampling => new SampleCase(0, sampling, ConfidenceKind.NegativeEntropy))];
        Assert.Equal(Run([row], cases, mask: -1), Run([row], cases, mask: -1, forgetRows: true));
        // All tokens may be drawn: then one slice is read again.
        cases = [new(0, new(1, 1, 0, 1), ConfidenceKind.NegativeEntropy)];
        Assert.NotEqual(Run([row], cases, mask: -1), Run([row], cases, mask: -1, forgetRows: true));
    }

    [Fact]
    public void EqualLogitsAreKeptInOrderOfIdsByTopPAndAllByTopK()
    {
        foreach (int vocabulary in new[] { 1000, 40_000 })
        {
            float[] even = new float[vocabulary];
            for (int i = 0; i < vocabulary; i += 2) even[i] = -0f;
            float share = (vocabulary / 5 + 0.5f) / vocabulary;
            int kept = vocabulary / 5 + 1;
            SampleCase[] cases =
            [
                new(0, new(0, share, 0, 0), ConfidenceKind.Probability),
                new(0, new(0, 1, 5, 0), ConfidenceKind.Probability),
                new(0, new(0, share, 5, 0), ConfidenceKind.Probability),
                new(0, SamplingParams.Greedy, ConfidenceKind.Margin),
            ];
            (int Token, float Confidence)[] results = Run([even], cases, mask: -1);
            Assert.All(results, result => Assert.Equal(0, result.Token));
            Assert.Equal([kept, vocabulary, kept], results[..3].Select(r => (int)Math.Round(1 / r.Confidence)));
            Assert.Equal(0, results[3].Confidence);
            Assert.Equal(1, Run([even], cases, mask: 0)[3].Token);
            // Draws come from the kept ids only, up to the last of them.
            SampleCase[] draws = [.. Enumerable.Range(0, 50)
                .Select(i => new SampleCase(0, new(1, share, 0, 3), ConfidenceKind.Probability, i))];
            int[] drawn = [.. Run([even], draws, mask: -1).Select(result => result.Token)];
            Assert.InRange(drawn.Max(), kept * 9 / 10, kept - 1);
        }
    }

    [Fact]
    public void TheMaskTokenIsNeverTheCandidateButKeepsItsProbability()
    {
        float[][] rows = [[1, 5, 2, 5, 0], [1, 50, 2, 5, 0]];
        SampleCase[] cases =
        [
            new(0, SamplingParams.Greedy, ConfidenceKind.Probability),
            new(1, new(0, 0.5f, 0, 0), ConfidenceKind.Probability),
            new(1, new(1, 0.5f, 0, 0), ConfidenceKind.Probability),
            new(1, new(1, 0.5f, 0, 0), ConfidenceKind.NegativeEntropy),
        ];
        (int Token, float Confidence)[] results = Run(rows, cases, mask: 1);
        Assert.All(results, result => Assert.Equal(3, result.Token));
        Assert.Equal(ReferenceSampler.Softmax([1, 5, 2, 5, 0])[3], results[0].Confidence, 1e-6);
        // Where the filters leave nothing but the mask token, the best other one stands in, with no confidence.
        Assert.Equal([0f, 0f], results[1..3].Select(result => result.Confidence));
        Assert.Equal(0, results[3].Confidence, 1e-6);
    }

    /// <summary>One NaN or +infinity anywhere, the mask's logit included, or nothing finite: no token.</summary>
    [Theory]
    [InlineData(300)]
    [InlineData(20_483)]
    public void ABrokenRowGivesNoToken(int vocabulary)
    {
        const int mask = 7;
        float[] sound = Normal(new Random(2), vocabulary, 3);
        List<float[]> rows = [];
        foreach (float broken in new[] { float.NaN, float.PositiveInfinity })
        {
            foreach (int at in new[] { 0, mask, vocabulary / 2, vocabulary - 1 })
                rows.Add([.. sound.Select((x, id) => id == at ? broken : x)]);
            rows.Add([.. sound.Select(_ => broken)]);
        }

        rows.Add([.. sound.Select(_ => float.NegativeInfinity)]);
        rows.Add([.. sound.Select((_, id) => id == mask ? 1 : float.NegativeInfinity)]);
        SampleCase[] cases = [.. Enumerable.Range(0, rows.Count).SelectMany(row => SampleCases.All(row, row))];
        Assert.All(
            Run([.. rows], cases, mask), result => Assert.Equal((UnmaskGroup.BrokenToken, 0f), result));
        // A row that is sound is what it was, whatever stands in the rows beside it.
        cases = SampleCases.All(row: 1, position: 3);
        Assert.Equal(Run([sound, sound, sound], cases, mask), Run([rows[4], sound, rows[^1]], cases, mask));
    }

    [Fact]
    public void EveryOtherLogitIsLegal()
    {
        float[] specials = [float.NegativeInfinity, float.MaxValue, float.MinValue, 0, -0f, 1e-45f, -1e30f, 1e38f];
        var random = new Random(3);
        float[][] rows = new float[24][];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = [.. Enumerable.Range(0, 300).Select(_ => specials[random.Next(specials.Length)])];
            rows[row][row] = specials[3 + (row % 5)];
        }

        SampleCase[] cases = [.. Enumerable.Range(0, rows.Length).SelectMany(row => SampleCases.All(row, row))];
        (int Token, float Confidence)[] results = Run(rows, cases, mask: 100);
        for (int i = 0; i < results.Length; i++)
        {
            Assert.InRange(results[i].Token, 0, 299);
            Assert.NotEqual(100, results[i].Token);
            Assert.True(float.IsFinite(results[i].Confidence), $"{cases[i]}: {results[i]}");
            SamplingParams sampling = cases[i].Sampling;
            double[] finite = [.. rows[cases[i].Row].Select(x => (double)Math.Max(x, float.MinValue))];
            if (SampleCases.Margin(finite, cases[i], 100) < SampleCases.Noise) continue;
            float uniform = Philox.Uniform(sampling.Seed, cases[i].Position, 1);
            Candidate cpu = CpuKernels.For(SimdWidth.Widest).SampleCandidate(
                rows[cases[i].Row], sampling, cases[i].Confidence, 100, uniform, new SampleScratch(300));
            Assert.Equal(cpu.Token, results[i].Token);
            Assert.Equal(cpu.Confidence, results[i].Confidence, 1e-5);
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    public void DrawsFollowTheDistribution(float likely)
    {
        const int vocabulary = 24, draws = 1000, mask = 4;
        float[] logits = Normal(new Random(5), vocabulary, 1.5);
        SamplingParams sampling = new(0.9f, 1 - likely / 10, 0, Seed: 77);
        double[] p = ReferenceSampler.Distribution([.. logits.Select(x => (double)x)], sampling);
        p[mask] = 0;
        double total = p.Sum();
        int[] counts = new int[vocabulary];
        SampleCase[] cases = [.. Enumerable.Range(0, draws).Select(i => new SampleCase(0, sampling, default, i))];
        foreach ((int token, _) in Run([logits], cases, mask)) counts[token]++;

        double chiSquare = 0;
        for (int id = 0; id < vocabulary; id++)
        {
            double expected = draws * p[id] / total;
            if (expected == 0) Assert.Equal(0, counts[id]);
            else chiSquare += (counts[id] - expected) * (counts[id] - expected) / expected;
        }

        int freedom = p.Count(q => q > 0) - 1;
        Assert.InRange(chiSquare, 0, freedom + (4 * Math.Sqrt(2 * freedom))); // four deviations
    }

    [Fact]
    public void OnlyMaskedPositionsAreDrawnUnlessTheRuleTakesAll()
    {
        const int mask = 3;
        ulong tokens = Device.Upload([3, 8, 3, 8]);
        StepGroup[] groups = [.. new[] { 0, 1, 2 }.Select(rule => new StepGroup { Rule = rule, TopP = 1 })];
        StepCandidate[] candidates = [.. Enumerable.Range(0, 12)
            .Select(i => new StepCandidate { Pool = i % 4, Group = i / 4 % 3, LogitsRow = i % 2 })];
        float[][] rows = [[0, 1, 0, 9, 0], [0, 0, 1, 9, 0]];
        // The last two candidates are beyond the step's.
        (int Token, float Confidence)[] results = Launch(rows, groups, candidates, tokens, mask, used: 10);
        Assert.Equal([1, 2, 1, 2, 1, -1, 1, -1, 1, -1, -1, -1], results.Select(result => result.Token));
        Assert.True(float.IsNaN(results[10].Confidence) && float.IsNaN(results[11].Confidence));
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void TokensAndConfidencesAreTheRecordedOnes()
    {
        int compared = 0;
        foreach (string name in Golden.Names("samplers"))
        {
            JsonElement file = Golden.Read("samplers", name);
            float[] logits = Golden.ReadFloats(file.GetProperty("logits"));
            int vocabulary = file.GetProperty("logits").GetProperty("shape")[1].GetInt32();
            float[][] rows = [.. logits.Chunk(vocabulary)];
            foreach (JsonElement recorded in file.GetProperty("cases").EnumerateArray())
            {
                compared += CheckRecorded(recorded, rows);
            }
        }

        Assert.True(compared > 0);
        output.WriteLine($"{compared} candidates of {Golden.Root}/samplers");
    }

    [Fact]
    public void UniformsHaveTheBitsOfTheHost()
    {
        const int count = 4096;
        const string text = """
            #include "sample/philox.cuh"
            extern "C" __global__ void draw(float* out, const unsigned* in) {
                unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
                out[i] = philox_uniform(in[4 * i], in[4 * i + 1], in[4 * i + 2], in[4 * i + 3]);
            }
            """;
        var random = new Random(1);
        uint[] inputs = [.. Enumerable.Range(0, 4 * count).Select(_ => (uint)random.NextInt64(1L << 32))];
        for (int i = 0; i < 4 * 64; i++) inputs[i] %= 3; // small counters and keys, too
        ulong drawn = Device.Allocate<float>(count);
        var parameters = new Draws { Out = drawn, In = Device.Upload(inputs) };
        Device.Library.Load(KernelSource.FromText("draw.cu", text), Options(false)).GetFunction("draw")
            .Launch(Device.Stream, new(count / 256), new(256), 0, parameters);
        float[] actual = Device.Download<float>(drawn, count);
        for (int i = 0; i < count; i++)
        {
            ulong seed = inputs[4 * i] | ((ulong)inputs[4 * i + 1] << 32);
            float expected = Philox.Uniform(seed, (int)inputs[4 * i + 2], (int)inputs[4 * i + 3]);
            Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(actual[i]));
        }
    }

    [Fact]
    public void ParametersAreThoseOfTheKernel() => ParameterLayout.AssertEqual<SampleParameters>(
        Device, "sample.cu", Options(false));

    private int CheckRecorded(JsonElement recorded, float[][] rows)
    {
        if (!recorded.TryGetProperty("x0", out JsonElement tokens)) return 0;
        SamplingParams sampling = new(
            recorded.Optional("temperature")?.GetSingle() ?? 0,
            recorded.Optional("top_p")?.GetSingle() ?? 1,
            recorded.Optional("top_k")?.GetInt32() ?? 0,
            Seed: 0);
        string[] keys = ["maxprob", "margin", "neg_entropy"]; // the first of ConfidenceKind, in its order
        SampleCase[] cases = [.. from row in Enumerable.Range(0, rows.Length) from kind in Enumerable.Range(0, 3)
            select new SampleCase(row, sampling, (ConfidenceKind)kind)];
        (int Token, float Confidence)[] results = Run(rows, cases, mask: -1);
        for (int i = 0; i < cases.Length; i++)
        {
            Assert.Equal(tokens[cases[i].Row].GetInt32(), results[i].Token);
            JsonElement confidence = recorded.GetProperty(keys[(int)cases[i].Confidence])[cases[i].Row];
            Assert.Equal(confidence.GetSingle(), results[i].Confidence, SampleCases.ConfidenceBound);
        }

        return cases.Length;
    }

    private void AssertAgrees(float[][] rows, SampleCase[] cases, int mask)
    {
        (int Token, float Confidence)[] results = Run(rows, cases, mask);
        int compared = 0;
        for (int i = 0; i < cases.Length; i++)
            compared += SampleCases.Check(rows[cases[i].Row], cases[i], mask, results[i]) ? 1 : 0;
        output.WriteLine($"{compared} of {cases.Length} compared");
        Assert.True(compared >= cases.Length / 2, $"Only {compared} of {cases.Length} decisions were clear.");
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Draws
    {
        public ulong Out;
        public ulong In;
    }
}
