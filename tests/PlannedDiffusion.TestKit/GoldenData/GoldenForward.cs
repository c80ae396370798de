using System.Text.Json;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>One recorded forward pass over a whole sequence: what every row saw, and its logits.</summary>
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

    // Neighbours with the same ranges are one bidirectional group; those that see exactly what is before them, causal.
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
