using PlannedDiffusion.Files;

namespace PlannedDiffusion.Tokenization;

/// <summary>A tokenizer's files cannot be used. The message names file and field.</summary>
public sealed class TokenizerException : Exception
{
    /// <summary>The problem of one field of one file.</summary>
    public TokenizerException(string file, string field, string problem)
        : base(MessageText.About(file, field.Length == 0 ? problem : $"{MessageText.OneLine(field)}: {problem}"))
    {
    }

    internal TokenizerException(string message)
        : base(message)
    {
    }

    internal TokenizerException(string file, string problem, Exception cause)
        : base(MessageText.About(file, problem), cause)
    {
    }
}
