using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>A kind of runner under test.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Create">Builds a runner. The weights live until it is disposed.</param>
/// <param name="Tolerance">
/// The largest difference between two computations of the same logits; 0 means equal bits.
/// </param>
public sealed record RunnerSubject(string Name, Func<ModelWeights, RunnerLimits, IModelRunner> Create, double Tolerance)
{
    /// <summary>
    /// The largest difference of logits from double precision. The model's logits have a standard deviation of 1.5.
    /// </summary>
    public double ReferenceTolerance { get; init; } = 1e-4;

    /// <summary>The limits that the checks reach.</summary>
    public static RunnerLimits Limits { get; } = new()
    {
        MaxRowsPerStep = 64,
        MaxSequences = 3,
        MaxPositions = 96,
        MaxGroupsPerSequence = 4,
    };

    /// <summary>A small model whose sizes are not round numbers. Token 130 is the mask.</summary>
    internal static ModelWeights Weights(int seed = 1) => TinyModels.InMemory(
        TinyModels.Config(hidden: 72, mlp: 100, layers: 3, heads: 6, kvHeads: 2, headSize: 12, vocabulary: 131),
        DType.BF16,
        seed);

    internal ConformanceRunner Open(int seed = 1, RunnerLimits? limits = null) => new(this, Weights(seed), limits);
}

/// <summary>A runner of the conformance model, with operations that all checks use.</summary>
internal sealed class ConformanceRunner : IDisposable
{
    private readonly ModelWeights _weights;
    private readonly double _tolerance;

    public ConformanceRunner(RunnerSubject subject, ModelWeights weights, RunnerLimits? limits = null)
    {
        _weights = weights;
        _tolerance = subject.Tolerance;
        Runner = subject.Create(weights, limits ?? RunnerSubject.Limits);
    }

    public IModelRunner Runner { get; }

    public int Mask => Runner.Config.MaskTokenId!.Value;

    /// <summary>Random tokens that are not the mask.</summary>
    public int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Mask))];
    }

    public int Open(ReadOnlySpan<int> tokens, int capacity = 96)
    {
        int sequence = Runner.OpenSequence(capacity);
        Runner.WriteTokens(sequence, 0, tokens);
        return sequence;
    }

    /// <summary>Computes rows causally, without logits.</summary>
    public void Prefill(int sequence, int start, int end)
    {
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(start, end), AttentionRange.CausalFrom(start, end));
        Runner.Forward(step);
    }

    /// <summary>Runs a step and reads all logits that it asks for.</summary>
    public float[][] Forward(ForwardStep step)
    {
        Runner.Forward(step);
        return [.. Enumerable.Range(0, step.LogitsCount).Select(Logits)];
    }

    public float[] Logits(int index)
    {
        var logits = new float[Runner.Config.VocabularySize];
        Runner.ReadLogits(index, logits);
        return logits;
    }

    public int[] Read(int sequence, int start, int end)
    {
        var tokens = new int[end - start];
        Runner.ReadTokens(sequence, start, tokens);
        return tokens;
    }

    public float[] Confidences(int sequence, int start, int end)
    {
        var confidences = new float[end - start];
        Runner.ReadConfidences(sequence, start, confidences);
        return confidences;
    }

    /// <summary>Equal bit for bit, or within the subject's tolerance.</summary>
    public void AssertSame(float[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int row = 0; row < expected.Length; row++) AssertSame(expected[row], actual[row]);
    }

    public void AssertSame(float[] expected, float[] actual)
    {
        Assert.All(actual, value => Assert.True(float.IsFinite(value)));
        if (_tolerance == 0)
        {
            Assert.Equal(
                expected.Select(BitConverter.SingleToUInt32Bits), actual.Select(BitConverter.SingleToUInt32Bits));
            return;
        }

        for (int i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, _tolerance);
    }

    public void Dispose()
    {
        Runner.Dispose();
        _weights.Dispose();
    }
}
