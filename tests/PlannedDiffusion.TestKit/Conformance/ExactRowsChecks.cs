using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using Xunit;

namespace PlannedDiffusion.TestKit.Conformance;

/// <summary>
/// In a step of up to <see cref="IModelRunner.ExactRows"/> rows, each row has the same bits as alone: its logits, its
/// token, and its key and value, which the row after it shows.
/// </summary>
internal static class ExactRowsChecks
{
    private const int MostRows = 8;

    public static void RowsOfASequenceHaveTheBitsThatTheyHaveAlone(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        foreach (int cached in (int[])[1, 37, 80])
        {
            Row[] alone = Alone(runner, new Part(cached, MostRows));
            for (int rows = 1; rows <= Math.Min(MostRows, runner.Runner.ExactRows); rows++)
            {
                foreach (bool grouped in (bool[])[true, false])
                    AssertEqual(alone, Together(runner, grouped, new Part(cached, rows))[0]);
            }
        }
    }

    public static void RowsOfSequencesHaveTheBitsThatTheyHaveAlone(RunnerSubject subject)
    {
        using ConformanceRunner runner = subject.Open();
        Part[] parts = [new(70, 1), new(9, 2), new(40, 4)];
        Assert.SkipWhen(runner.Runner.ExactRows < parts.Sum(part => part.Rows), "A step holds fewer exact rows.");
        Row[][] alone = [.. parts.Select(part => Alone(runner, part))];
        Row[][] together = Together(runner, grouped: true, parts);
        for (int i = 0; i < parts.Length; i++) AssertEqual(alone[i], together[i]);
    }

    /// <summary>Each row in its own step, and the row after them.</summary>
    private static Row[] Alone(ConformanceRunner runner, Part part)
    {
        int sequence = Open(runner, part);
        Row[] rows = [.. Enumerable.Range(part.Cached, part.Rows + 1).Select(p => Compute(runner, sequence, part, p))];
        runner.Runner.CloseSequence(sequence);
        return rows;
    }

    /// <summary>All rows in one step, in a group for each part or for each row; then the row after each part.</summary>
    private static Row[][] Together(ConformanceRunner runner, bool grouped, params Part[] parts)
    {
        int[] sequences = [.. parts.Select(part => Open(runner, part))];
        var step = new ForwardStep();
        for (int i = 0; i < parts.Length; i++)
        {
            int size = grouped ? parts[i].Rows : 1;
            for (int start = parts[i].Cached; start < parts[i].End; start += size)
                Add(step, sequences[i], new TokenRange(start, start + size));
        }

        var logits = new Queue<float[]>(runner.Forward(step));
        var rows = new Row[parts.Length][];
        for (int i = 0; i < parts.Length; i++)
        {
            Part part = parts[i];
            int sequence = sequences[i];
            Row[] computed = [.. Enumerable.Range(part.Cached, part.Rows)
                .Select(position => Decided(runner, sequence, position, logits.Dequeue()))];
            runner.Runner.WriteTokens(sequence, 0, part.Tokens(runner));
            rows[i] = [.. computed, Compute(runner, sequence, part, part.End)];
        }

        foreach (int sequence in sequences) runner.Runner.CloseSequence(sequence);
        return rows;
    }

    private static int Open(ConformanceRunner runner, Part part)
    {
        int sequence = runner.Open(part.Tokens(runner));
        int half = part.Cached / 2; // all at once is more than a step may have
        runner.Prefill(sequence, 0, half);
        runner.Prefill(sequence, half, part.Cached);
        return sequence;
    }

    /// <summary>One row in its own step, which does not change the tokens.</summary>
    private static Row Compute(ConformanceRunner runner, int sequence, Part part, int position)
    {
        var step = new ForwardStep();
        Add(step, sequence, new TokenRange(position, position + 1));
        Row row = Decided(runner, sequence, position, runner.Forward(step)[0]);
        runner.Runner.WriteTokens(sequence, 0, part.Tokens(runner));
        return row;
    }

    private static void Add(ForwardStep step, int sequence, TokenRange rows)
    {
        step.AddRows(sequence, rows, AttentionRange.CausalFrom(rows.Start, rows.End));
        step.AddLogits(sequence, rows);
        step.AddUnmask(new UnmaskGroup
        {
            Sequence = sequence,
            Positions = new TokenRange(rows.Start + 1, rows.End + 1),
            Rule = UnmaskRule.All,
            Sampling = new SamplingParams(0.9f, 0.95f, 0, 7),
        });
    }

    private static Row Decided(ConformanceRunner runner, int sequence, int position, float[] logits) => new(
        logits,
        runner.Read(sequence, position + 1, position + 2)[0],
        runner.Confidences(sequence, position + 1, position + 2)[0]);

    private static void AssertEqual(Row[] alone, Row[] together)
    {
        for (int i = 0; i < together.Length; i++)
        {
            Assert.Equal(Bits(alone[i].Logits), Bits(together[i].Logits));
            Assert.Equal(alone[i].Token, together[i].Token);
            Assert.Equal(Bits([alone[i].Confidence]), Bits([together[i].Confidence]));
        }

        static IEnumerable<uint> Bits(float[] values) => values.Select(BitConverter.SingleToUInt32Bits);
    }

    /// <summary>Rows after cached positions, in their own sequence.</summary>
    private sealed record Part(int Cached, int Rows)
    {
        public int End => Cached + Rows;

        public int[] Tokens(ConformanceRunner runner) => runner.Tokens(End + 2, seed: Cached);
    }

    /// <summary>The results of a row: its logits, and the token after it.</summary>
    private sealed record Row(float[] Logits, int Token, float Confidence);
}
