using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Complete tables "row i sees column j" of a planned sequence, built in two independent ways.</summary>
internal static class VisibilityTables
{
    /// <summary>With the library's scaffolds and ranges, as in the decoder.</summary>
    public static bool[,] FromRanges(int[] ids, ControlTokens tokens, bool dense)
    {
        var table = new bool[ids.Length, ids.Length];
        int at = 0;
        while (at < ids.Length)
        {
            int start = Array.IndexOf(ids, tokens.AsyncStart, at);
            int planEnd = start < 0 ? ids.Length : start;
            Fill(table, new TokenRange(at, planEnd), AttentionRange.CausalFrom(at, planEnd));
            var plan = new Plan([.. Lengths(ids, planEnd, tokens)], FinishReason.Completed);
            var scaffold = new Scaffold(plan, planEnd, dense);
            for (int span = 0; span < scaffold.Count; span++)
                Fill(table, scaffold.Span(span), scaffold.Visibility(span));
            at = scaffold.Region.End;
        }

        return table;
    }

    /// <summary>
    /// From the definition: rows are causal; a span sees itself (dense: all adjacent spans); no other row of the round
    /// sees it; all rows after the round do.
    /// </summary>
    public static bool[,] FromDefinition(int[] ids, ControlTokens tokens, bool dense)
    {
        int[] span = new int[ids.Length], round = new int[ids.Length];
        int spans = 0, rounds = 0;
        bool inside = false;
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] == tokens.AsyncStart)
            {
                bool opensRound = i == 0 || span[i - 1] == 0;
                rounds += opensRound ? 1 : 0;
                spans++;
                inside = true;
            }

            span[i] = inside ? spans : 0;
            round[i] = inside ? rounds : 0;
            if (ids[i] == tokens.AsyncEnd) inside = false;
        }

        var table = new bool[ids.Length, ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            for (int j = 0; j < ids.Length; j++)
            {
                bool sameRound = round[i] != 0 && round[i] == round[j];
                table[i, j] = sameRound ? dense || span[i] == span[j] : j <= i;
            }
        }

        return table;
    }

    private static IEnumerable<PlannedSpan> Lengths(int[] ids, int at, ControlTokens tokens)
    {
        while (at < ids.Length && ids[at] == tokens.AsyncStart)
        {
            int end = Array.IndexOf(ids, tokens.AsyncEnd, at);
            yield return new PlannedSpan(default, null, end - at - 1);
            at = end + 1;
        }
    }

    private static void Fill(bool[,] table, TokenRange rows, AttentionRange visibility)
    {
        for (int row = rows.Start; row < rows.End; row++)
        {
            for (int column = 0; column < table.GetLength(1); column++)
                table[row, column] = visibility.Sees(row, column);
        }
    }
}
