namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>
/// Bounds the cost of one rendering. A template is untrusted: it must neither run forever nor exhaust memory or stack.
/// The bound grows with the length of the caller's text.
/// </summary>
internal sealed class RenderBudget(long callerCharacters)
{
    // Costs in characters: evaluating one part of a template, and keeping a value, by its memory.
    private const int StepCost = 16;
    private const int ValueCost = 64;

    // Four million steps, or 67 million characters. Conversations of ten thousand turns take a tenth of it.
    private const long BaseWork = 1 << 26;
    private const int WorkPerCharacter = 64;
    private const int DeepestNesting = 200;

    private long _left = BaseWork + WorkPerCharacter * callerCharacters;
    private int _depth;

    public void Spend(long characters)
    {
        _left -= characters;
        if (_left < 0) throw new TemplateException("the template takes more work than a conversation can need");
    }

    /// <summary>Spends the cost of several values at once.</summary>
    public void SpendValues(int count) => Spend((long)count * ValueCost);

    /// <summary>Begins a part of the work that may contain others. <see cref="Leave"/> ends it.</summary>
    public void Enter()
    {
        Spend(StepCost);
        if (++_depth > DeepestNesting)
            throw new TemplateException($"the template is nested more than {DeepestNesting} deep");
    }

    public void Leave() => _depth--;
}
