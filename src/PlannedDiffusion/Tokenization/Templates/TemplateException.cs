namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>A template cannot be read or rendered: why, and in which line once that is known.</summary>
internal sealed class TemplateException(string problem, int line = 0) : Exception(problem)
{
    public int Line => line;
}
