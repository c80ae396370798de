namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>A template cannot be read or rendered. The line is 0 until it is known.</summary>
internal sealed class TemplateException(string problem, int line = 0) : Exception(problem)
{
    public int Line => line;
}
