namespace PlannedDiffusion.Decoding.Planning;

/// <summary>
/// Removes parts of a plan after the model has written it and before its spans are denoised. This measures what the
/// parts contribute to the spans. The model still writes the full plan, with all its passes.
/// </summary>
/// <param name="Tokens">The control tokens.</param>
/// <param name="Topics">True to keep only the tags and the number of a promise.</param>
/// <param name="Syncs">True to remove sync tokens, which joins the plans that they separate.</param>
internal sealed record PlanAblation(ControlTokens Tokens, bool Topics, bool Syncs)
{
    /// <summary>The plan without these parts.</summary>
    public int[] Apply(ReadOnlySpan<int> plan)
    {
        var left = new List<int>(plan.Length);
        for (int at = 0; at < plan.Length; at++)
        {
            if (Syncs && plan[at] == Tokens.Sync) continue;
            left.Add(plan[at]);
            if (!Topics || plan[at] != Tokens.PromiseStart) continue;
            int length = plan[(at + 1)..].IndexOf(Tokens.PromiseEnd);
            if (length < 0) continue; // not a promise: it has no end
            AddNumber(plan.Slice(at + 1, length), left);
            at += length;
        }

        return [.. left];
    }

    /// <summary>The digits that the parser reads.</summary>
    private void AddNumber(ReadOnlySpan<int> content, List<int> left)
    {
        for (int i = 0; i < content.Length; i++)
        {
            if (Tokens.DigitValue(content[i]) < 0) continue;
            left.Add(content[i]);
            if (i + 1 < content.Length && Tokens.DigitValue(content[i + 1]) >= 0) left.Add(content[i + 1]);
            return;
        }
    }
}
