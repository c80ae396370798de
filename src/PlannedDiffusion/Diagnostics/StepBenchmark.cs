using System.Diagnostics;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Diagnostics;

/// <summary>Times steps of one shape on any runner.</summary>
public static class StepBenchmark
{
    private const int WarmUp = 2;

    /// <summary>
    /// Fills the cache, warms up, and repeats one step. No token is revealed, so all steps are alike.
    /// </summary>
    /// <param name="runner">Where the steps run; needs a free sequence.</param>
    /// <param name="shape">Rows and cached positions.</param>
    /// <param name="sampling">How candidates are drawn.</param>
    /// <param name="repetitions">Steps to time.</param>
    /// <param name="weightBytes">Bytes of weights that a step reads on this runner.</param>
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
            Prefill(runner, sequence, shape);
            ForwardStep step = Step(runner.Config, sequence, shape, sampling);
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

    /// <summary>A multiply-add counts as two. The last layer's rows without logits are not taken off.</summary>
    public static double Flops(ModelConfig config, StepShape shape)
    {
        ArgumentNullException.ThrowIfNull(config);
        double hidden = config.HiddenSize;
        double layer = hidden * (2 * config.QuerySize + 2 * config.KvSize + 3.0 * config.IntermediateSize);
        double attention = 2.0 * (shape.Cached + shape.Rows) * config.QuerySize;
        double head = hidden * config.VocabularySize * LogitsRows(shape);
        return 2 * (shape.Rows * config.LayerCount * (layer + attention) + head);
    }

    private static int LogitsRows(StepShape shape) => Math.Max(1, shape.Rows - 1);

    private static void Prefill(IModelRunner runner, int sequence, StepShape shape)
    {
        ModelConfig config = runner.Config;
        var tokens = new int[shape.Cached + shape.Rows + 1];
        for (int i = 0; i < tokens.Length; i++) tokens[i] = (int)(i * 7919L % config.VocabularySize);
        if (config.MaskTokenId is { } mask) tokens.AsSpan(shape.Cached + 1).Fill(mask);
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

    private static ForwardStep Step(ModelConfig config, int sequence, StepShape shape, SamplingParams sampling)
    {
        var step = new ForwardStep();
        var block = new TokenRange(shape.Cached, shape.Cached + shape.Rows);
        bool denoise = shape.Rows > 1 && config.MaskTokenId is not null;
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

    /// <summary>A step is over when its results can be read.</summary>
    private static void Forward(IModelRunner runner, int sequence, ForwardStep step)
    {
        runner.Forward(step);
        int token = 0;
        runner.ReadTokens(sequence, 0, new Span<int>(ref token));
    }
}
