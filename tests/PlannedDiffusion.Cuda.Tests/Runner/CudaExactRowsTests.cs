using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>
/// Whole steps of 1 to 8 rows behind long caches, on a device that splits each row into many parts: logits, keys and
/// values have the bits that they have one row at a time.
/// </summary>
public sealed class CudaExactRowsTests(TestDevice device) : CudaTests(device)
{
    private const int MostRows = 8;
    private const int ChunkRows = 64;
    private const int Multiprocessors = 40;

    private static readonly ModelConfig Config =
        TinyModels.Config(hidden: 64, mlp: 72, heads: 2, kvHeads: 1, vocabulary: 131);

    [Theory]
    [InlineData(Precision.BF16, 100, 4)]
    [InlineData(Precision.BF16, 512, 17)]
    [InlineData(Precision.BF16, 1024, 33)]
    [InlineData(Precision.BF16, 4000, 63)]
    [InlineData(Precision.F32, 100, 4)]
    [InlineData(Precision.F32, 512, 17)]
    [InlineData(Precision.F32, 1024, 33)]
    [InlineData(Precision.F32, 4000, 63)]
    public void RowsOfASequenceHaveTheirOwnBits(Precision precision, int cached, int splits)
    {
        using ModelWeights weights = TinyModels.InMemory(Config);
        using CudaModelRunner runner = Create(weights, precision, cached + MostRows, sequences: 1);
        int sequence = Cached(runner, cached);
        var alone = new List<(uint[] Logits, byte[] KeysValues)>();
        for (int position = cached; position < cached + MostRows; position++)
        {
            uint[] logits = Assert.Single(Compute(runner, true, (sequence, position, 1)));
            AssertSplits(runner, splits);
            alone.Add((logits, KeysValues(runner)));
        }

        for (int rows = 1; rows <= MostRows; rows++) Check(rows, grouped: true);
        Check(3, grouped: false);
        Check(MostRows, grouped: false);

        void Check(int rows, bool grouped)
        {
            runner.ClearKeyValues(sequence, new TokenRange(cached, cached + MostRows));
            Assert.Equal(alone[..rows].Select(row => row.Logits), Compute(runner, grouped, (sequence, cached, rows)));
            AssertSplits(runner, splits);
            Assert.True(alone[rows - 1].KeysValues.AsSpan().SequenceEqual(KeysValues(runner)), $"{rows} rows");
        }
    }

    [Theory]
    [InlineData(Precision.BF16)]
    [InlineData(Precision.F32)]
    public void RowsOfSequencesHaveTheirOwnBits(Precision precision)
    {
        (int Cached, int Rows)[] parts = [(1024, 1), (100, 3), (512, 2), (33, 2)];
        using ModelWeights weights = TinyModels.InMemory(Config);
        using CudaModelRunner runner = Create(weights, precision, 1025, parts.Length);
        (int Sequence, int Start, int Rows)[] all =
            [.. parts.Select(part => (Cached(runner, part.Cached), part.Cached, part.Rows))];
        uint[][] alone =
        [
            .. all.SelectMany(part => Enumerable.Range(part.Start, part.Rows)
                .Select(position => Assert.Single(Compute(runner, true, (part.Sequence, position, 1))))),
        ];
        byte[] keysValues = KeysValues(runner);
        foreach ((int sequence, int start, int rows) in all)
            runner.ClearKeyValues(sequence, new TokenRange(start, start + rows));
        Assert.Equal(alone, Compute(runner, true, all));
        Assert.True(keysValues.AsSpan().SequenceEqual(KeysValues(runner)));
        Assert.Equal([33, 4, 4, 4, 17, 17, 2, 2], runner.LastStep.Rows.ToArray().Select(row => row.Splits));
    }

    private CudaModelRunner Create(ModelWeights weights, Precision precision, int positions, int sequences)
    {
        Simulator simulator = Simulator.Require(Device);
        simulator.SetMultiprocessors(Multiprocessors);
        try
        {
            return CudaRunners.Create(weights, CudaRunners.Exact with
            {
                Precision = precision,
                Limits = new RunnerLimits
                {
                    MaxRowsPerStep = ChunkRows,
                    MaxPositions = positions,
                    MaxSequences = sequences,
                    MaxGroupsPerSequence = 1,
                },
            });
        }
        finally
        {
            simulator.SetMultiprocessors(0);
        }
    }

    /// <summary>A sequence with room for some more rows; chunks that see themselves alone are soon computed.</summary>
    private static int Cached(CudaModelRunner runner, int cached)
    {
        var random = new Random(cached);
        int sequence = runner.OpenSequence(Math.Min(cached + MostRows, runner.Limits.MaxPositions));
        runner.WriteTokens(sequence, 0, [.. Enumerable.Range(0, cached + 1).Select(_ => random.Next(130))]);
        for (int start = 0; start < cached; start += ChunkRows)
        {
            var chunk = new TokenRange(start, Math.Min(start + ChunkRows, cached));
            var step = new ForwardStep();
            step.AddRows(sequence, chunk, AttentionRange.Bidirectional(0, chunk));
            runner.Forward(step);
        }

        return sequence;
    }

    /// <summary>The bits of the logits of rows of one step, causal groups or single rows.</summary>
    private static uint[][] Compute(
        CudaModelRunner runner, bool grouped, params (int Sequence, int Start, int Rows)[] parts)
    {
        var step = new ForwardStep();
        foreach ((int sequence, int start, int rows) in parts)
        {
            int size = grouped ? rows : 1;
            for (int first = start; first < start + rows; first += size)
            {
                var range = new TokenRange(first, first + size);
                step.AddRows(sequence, range, AttentionRange.CausalFrom(first, first + size));
                step.AddLogits(sequence, range);
            }
        }

        runner.Forward(step);
        var logits = new float[Config.VocabularySize];
        var bits = new uint[step.LogitsCount][];
        for (int i = 0; i < bits.Length; i++)
        {
            runner.ReadLogits(i, logits);
            bits[i] = Array.ConvertAll(logits, BitConverter.SingleToUInt32Bits);
        }

        return bits;
    }

    private static void AssertSplits(CudaModelRunner runner, int splits) =>
        Assert.All(runner.LastStep.Rows.ToArray(), row => Assert.Equal(splits, row.Splits));

    /// <summary>All keys and values of all layers, after all that was asked for.</summary>
    private byte[] KeysValues(CudaModelRunner runner) =>
        Device.Download<byte>(runner.Pool.Keys(0), checked((int)runner.Pool.KeyValueBytes));
}
