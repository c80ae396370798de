using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Guesses the next tokens of a plan. Its grammar leaves little choice: a promise is a topic, a blank and a number
/// between two tags. The next promise follows at once and often has the same number, in another round, too. Topics and
/// text outside promises are not guessed.
/// </summary>
/// <param name="tokens">The control tokens.</param>
/// <param name="start">The start of the plan in the text.</param>
internal sealed class PlanDrafts(ControlTokens tokens, int start) : IDrafter
{
    /// <inheritdoc/>
    public int Draft(ReadOnlySpan<int> text, Span<int> drafts)
    {
        ReadOnlySpan<int> plan = text[start..];
        int tag = plan.LastIndexOfAny(tokens.PromiseStart, tokens.PromiseEnd, tokens.Sync);
        bool inPromise = tag >= 0 && plan[tag] == tokens.PromiseStart;
        bool nothingBehind = tag == plan.Length - 1; // also true at the start of the plan
        if (inPromise == nothingBehind) return 0; // a topic begins, or the text is no plan
        int count = 0;
        if (inPromise)
        {
            if (tokens.DigitValue(plan[^1]) < 0 && !AddNumber(text, drafts, ref count)) return count;
            Add(tokens.PromiseEnd, drafts, ref count);
        }

        Add(tokens.PromiseStart, drafts, ref count);
        return count;
    }

    /// <summary>Adds the missing part of blank and number; false if the number cannot be guessed.</summary>
    private bool AddNumber(ReadOnlySpan<int> text, Span<int> drafts, ref int count)
    {
        TokenRange number = LastNumber(text);
        int before = number.IsEmpty ? tokens.PromiseStart : text[number.Start - 1];
        int? blank = before == tokens.PromiseStart ? tokens.Blank : before;
        if (blank is null) return false;
        if (text[^1] != blank) Add(blank.Value, drafts, ref count);
        for (int i = number.Start; i < number.End; i++) Add(text[i], drafts, ref count);
        return !number.IsEmpty;
    }

    /// <summary>The digits at the end of the last promise that ends with digits; empty if there is none.</summary>
    private TokenRange LastNumber(ReadOnlySpan<int> text)
    {
        for (int end = text.LastIndexOf(tokens.PromiseEnd); end > 0; end = text[..end].LastIndexOf(tokens.PromiseEnd))
        {
            int first = end;
            while (first > 0 && tokens.DigitValue(text[first - 1]) >= 0) first--;
            if (first > 0 && first < end) return new TokenRange(first, end);
        }

        return default;
    }

    private static void Add(int token, Span<int> drafts, ref int count)
    {
        if (count < drafts.Length) drafts[count++] = token;
    }
}
