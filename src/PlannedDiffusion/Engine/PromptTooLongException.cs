namespace PlannedDiffusion.Engine;

/// <summary>A prompt has more tokens than the request, the model or the runner has positions.</summary>
public sealed class PromptTooLongException : ArgumentException
{
    internal PromptTooLongException(string message)
        : base(message)
    {
    }
}
