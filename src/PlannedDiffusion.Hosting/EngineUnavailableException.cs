namespace PlannedDiffusion.Hosting;

/// <summary>There is no engine to ask: it is being loaded, has failed, or is stopped.</summary>
public sealed class EngineUnavailableException : InvalidOperationException
{
    internal EngineUnavailableException(string model, EngineState state, TimeSpan retryAfter, Exception? failure)
        : base(Text(model, state, failure), failure)
    {
        State = state;
        RetryAfter = retryAfter;
    }

    /// <summary>The state in which it was asked.</summary>
    public EngineState State { get; }

    /// <summary>When to ask again: whole seconds, from 1 to 60.</summary>
    public TimeSpan RetryAfter { get; }

    private static string Text(string model, EngineState state, Exception? failure) => state switch
    {
        EngineState.Loading => $"The model {model} is being loaded.",
        EngineState.Faulted => $"The model {model} has failed: {failure?.Message}",
        _ => $"The model {model} is being stopped.",
    };
}
