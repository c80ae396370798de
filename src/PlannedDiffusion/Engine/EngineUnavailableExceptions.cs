namespace PlannedDiffusion.Engine;

/// <summary>The engine takes no new requests: it is being drained.</summary>
public sealed class EngineDrainingException : InvalidOperationException
{
    internal EngineDrainingException()
        : base("The engine takes no new requests: it is being drained.")
    {
    }
}

/// <summary>
/// The engine cannot compute any more: its runner met an error that stays, or several steps in a row failed. Only a new
/// engine helps. The inner exception is the error.
/// </summary>
public sealed class EngineFaultedException : InvalidOperationException
{
    internal EngineFaultedException(Exception cause)
        : base($"The engine has failed and computes no more: {cause.Message}", cause)
    {
    }
}
