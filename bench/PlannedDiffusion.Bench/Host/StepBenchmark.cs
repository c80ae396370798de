using System.Diagnostics;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Bench.Host;

/// <summary>Times steps of one shape on any runner.</summary>
public static class StepBenchmark
{
    private const int WarmUp = 2;

    /// <summary>
    /// Fills the cache, warms up, and repeats one step. No token is revealed, so all steps are alike.
    /// </summary>
    /// <param name="runner">The runner. It needs a free sequence.</param>
    /// <param name="shape">Rows and cached positions. A denoise step needs a model with a mask token.</param>
    /// <param name="sampling">How candidates are drawn.</param>
    /// <param name="repetitions">Steps to time.</param>
    /// <param name="weightBytes">Bytes of weights that a step reads on this runner.</param>
    /// <exception cref="ArgumentException">The runner refuses such a step.</exception>
    public static StepMeasurement Run(
        IModelRunner runner, StepShape shape, SamplingParams sampling, int repetitions, long weightBytes)
    {
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentOutOfRangeException.ThrowIfLessThan(repetitions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.Rows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shape.Rows, runner.Limits.MaxRowsPerStep);
        int sequence = runner.OpenSequence(shape.Cached + shape.Rows + 1);
        try
        {
            FillCache(runner, sequence, shape);
            ForwardStep step = Step(sequence, shape, sampling);
            for (int i = 0; i < WarmUp; i++) Forward(runner, sequence, step);
            var times = new double[repetitions];
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < repetitions; i++)
            {
                long start = Stopwatch.GetTimestamp();
                Forward(runner, sequence, step);
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }

            allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            Array.Sort(times);
            return new StepMeasurement
            {
                Shape = shape,
                Repetitions = repetitions,
                MedianMilliseconds = times[repetitions / 2],
                FastestMilliseconds = times[0],
                P95Milliseconds = times[(int)Math.Ceiling(0.95 * repetitions) - 1],
                WeightBytes = weightBytes,
                Flops = Flops(runner.Config, shape),
                AllocatedBytesPerStep = (double)allocated / repetitions,
            };
        }
        finally
        {
            runner.CloseSequence(sequence);
        }
    }

    /// <summary>
    /// Operations of a step's matrix products and attention. A multiply-add counts as two. In the last layer all rows
    /// have queries, keys and values; the rest is computed for rows with logits only.
    /// </summary>
    public static double Flops(ModelConfig config, StepShape shape)
    {
        ArgumentNullException.ThrowIfNull(config);
        double hidden = config.HiddenSize, rows = shape.Rows, keys = shape.Cached + shape.Rows;
        double logitsRows = shape.Prefill ? 1 : Math.Max(1, rows - 1);
        double earlier = config.LayerCount - 1;
        double projections = rows * config.LayerCount * hidden * (config.QuerySize + 2 * config.KvSize);
        double feedForward = hidden * (config.QuerySize + 3.0 * config.IntermediateSize);
        double scores = rows * keys - (shape.Prefill ? rows * (rows - 1) / 2 : 0); // of rows and visible keys
        double attention = 2 * config.QuerySize * (earlier * scores + logitsRows * keys);
        double head = logitsRows * hidden * config.VocabularySize;
        return 2 * (projections + (earlier * rows + logitsRows) * feedForward + attention + head);
    }

    private static void FillCache(IModelRunner runner, int sequence, StepShape shape)
    {
        ModelConfig config = runner.Config;
        var tokens = new int[shape.Cached + shape.Rows + 1];
        for (int i = 0; i < tokens.Length; i++) tokens[i] = (int)(i * 7919L % config.VocabularySize);
        if (!shape.Prefill && config.MaskTokenId is { } mask) tokens.AsSpan(shape.Cached + 1).Fill(mask);
        runner.WriteTokens(sequence, 0, tokens);
        var step = new ForwardStep();
        for (int start = 0, end; start < shape.Cached; start = end)
        {
            end = Math.Min(shape.Cached, start + runner.Limits.MaxRowsPerStep);
            step.Clear();
            step.AddRows(sequence, new TokenRange(start, end), AttentionRange.CausalFrom(start, end));
            runner.Forward(step);
        }
    }

    private static ForwardStep Step(int sequence, StepShape shape, SamplingParams sampling)
    {
        var step = new ForwardStep();
        var block = new TokenRange(shape.Cached, shape.Cached + shape.Rows);
        bool denoise = shape.Rows > 1 && !shape.Prefill;
        step.AddRows(sequence, block, denoise
            ? AttentionRange.Bidirectional(shape.Cached, block)
            : AttentionRange.CausalFrom(shape.Cached, block.End));
        step.AddUnmask(new UnmaskGroup
        {
            Sequence = sequence,
            Positions = denoise ? block with { Start = block.Start + 1 } : new TokenRange(block.End, block.End + 1),
            Sampling = sampling,
            Rule = denoise ? UnmaskRule.Scheduled : UnmaskRule.All,
            Confidence = denoise ? ConfidenceKind.NegativeEntropy : ConfidenceKind.Probability,
            RandomStep = denoise ? 1 : 0,
        });
        return step;
    }

    /// <summary>Runs a step and waits for its end, by reading a token.</summary>
    private static void Forward(IModelRunner runner, int sequence, ForwardStep step)
    {
        runner.Forward(step);
        int token = 0;
        runner.ReadTokens(sequence, 0, new Span<int>(ref token));
    }
}
