using System.Text.Json;
using PlannedDiffusion.Forward;
using Xunit;

namespace PlannedDiffusion.TestKit;

/// <summary>One recorded forward pass over a whole sequence: the visibility of every row, and its logits.</summary>
public sealed record GoldenForward(string Name, string Model, int[] Ids, IReadOnlyList<RowGroup> Groups, float[] Logits)
{
    /// <summary>Reads <c>forward/NAME.json</c>; the groups carry sequence 0.</summary>
    public static GoldenForward Read(string name)
    {
        JsonElement json = Golden.Read("forward", name);
        int[][][] rows = [.. json.GetProperty("mask_rows").EnumerateArray()
            .Select(row => row.EnumerateArray().Select(range => range.Integers()).ToArray())];
        return new GoldenForward(
            name,
            json.GetProperty("model").GetString()!,
            json.GetProperty("ids").Integers(),
            [.. GroupsOf(rows)],
            Golden.ReadFloats(json.GetProperty("logits")));
    }

    /// <summary>Adds all rows of the pass to a step.</summary>
    public void AddTo(ForwardStep step, int sequence)
    {
        foreach (RowGroup group in Groups) step.AddRows(sequence, group.Positions, group.Visibility);
    }

    /// <summary>
    /// Runs all recorded passes, on every checkpoint with the same weights, and compares all logits.
    /// </summary>
    /// <param name="open">Makes the runner of a golden model by name.</param>
    public static (int Cases, double Worst) LargestDifference(Func<string, IModelRunner> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        int cases = 0;
        double worst = 0;
        foreach (GoldenForward pass in Golden.Names("forward").Select(Read))
        {
            foreach (string model in SameWeights(pass.Model))
            {
                using IModelRunner runner = open(model);
                worst = Math.Max(worst, pass.LargestDifference(runner));
                cases++;
            }
        }

        return (cases, worst);
    }

    private double LargestDifference(IModelRunner runner)
    {
        int sequence = runner.OpenSequence(Ids.Length);
        runner.WriteTokens(sequence, 0, Ids);
        var step = new ForwardStep();
        AddTo(step, sequence);
        step.AddLogits(sequence, new TokenRange(0, Ids.Length));
        runner.Forward(step);

        var logits = new float[runner.Config.VocabularySize];
        double worst = 0;
        for (int row = 0; row < Ids.Length; row++)
        {
            runner.ReadLogits(row, logits);
            for (int i = 0; i < logits.Length; i++)
                worst = Math.Max(worst, Math.Abs(logits[i] - Logits[row * logits.Length + i]));
            Assert.False(double.IsNaN(worst), $"{Name} row {row} has NaN");
        }

        return worst;
    }

    // The sharded checkpoint holds the bf16 weights, and has no recordings of its own.
    private static IEnumerable<string> SameWeights(string model) =>
        GoldenModels.Names.Where(name => name == model || (model.EndsWith("-bf16", StringComparison.Ordinal)
            && name == model.Replace("-bf16", "-sharded", StringComparison.Ordinal)));

    // Neighbours with the same ranges form one bidirectional group. Rows that see exactly the rows before them and
    // themselves form a causal one.
    private static IEnumerable<RowGroup> GroupsOf(int[][][] rows)
    {
        for (int first = 0, end; first < rows.Length; first = end)
        {
            end = first + 1;
            bool causal = SeesAllBefore(rows, first);
            while (end < rows.Length && (causal ? SeesAllBefore(rows, end) : Same(rows[end], rows[first]))) end++;
            AttentionRange visibility = causal
                ? AttentionRange.CausalFrom(first, end)
                : Visibility(rows[first]);
            yield return new RowGroup(0, new TokenRange(first, end), visibility);
        }
    }

    private static bool SeesAllBefore(int[][][] rows, int row) =>
        rows[row] is [[0, int end]] && end == row + 1;

    private static bool Same(int[][] left, int[][] right) =>
        left.Length == right.Length && left.Zip(right).All(pair => pair.First.SequenceEqual(pair.Second));

    private static AttentionRange Visibility(int[][] ranges) => ranges switch
    {
        [[0, int end]] => AttentionRange.Bidirectional(0, new TokenRange(0, end)),
        [[0, int prefix], [int start, int end]] =>
            AttentionRange.Bidirectional(prefix, new TokenRange(start, end)),
        _ => throw new InvalidDataException("A row sees something else than a prefix and a block."),
    };
}
