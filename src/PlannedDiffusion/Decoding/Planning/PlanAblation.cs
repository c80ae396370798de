namespace PlannedDiffusion.Decoding.Planning;

/// <summary>
/// Takes parts out of a plan that the model has written, before anything is denoised for it, to measure what they are
/// worth to the spans. The model is not asked to plan differently: the plan costs its passes all the same.
/// </summary>
/// <param name="Tokens">The control tokens.</param>
/// <param name="Topics">True to leave nothing of a promise but its tags and its number.</param>
/// <param name="Syncs">True to take sync tokens out: what they separate becomes one plan.</param>
public sealed record PlanAblation(ControlTokens Tokens, bool Topics, bool Syncs)
{
    /// <summary>The plan without these parts; the same tokens if it has none of them.</summary>
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
