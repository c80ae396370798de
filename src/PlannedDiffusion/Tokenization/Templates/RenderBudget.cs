namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>
/// What one rendering may cost. A template is a file of others: it must neither run for ever nor exhaust memory or
/// stack, and what it may do grows with what the caller gives it.
/// </summary>
internal sealed class RenderBudget(long callerCharacters)
{
    // In characters: evaluating one part of a template, and a value that is kept, by the memory that it may take.
    private const int StepCost = 16;
    private const int ValueCost = 64;

    // Four million steps, or the characters of 67 MB: conversations of ten thousand turns take a tenth of it.
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

    /// <summary>For values that are made all at once.</summary>
    public void SpendValues(int count) => Spend((long)count * ValueCost);

    /// <summary>Begins a part of the work that may hold others; <see cref="Leave"/> ends it.</summary>
    public void Enter()
    {
        Spend(StepCost);
        if (++_depth > DeepestNesting)
            throw new TemplateException($"the template is nested more than {DeepestNesting} deep");
    }

    public void Leave() => _depth--;
}
