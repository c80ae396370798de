namespace PlannedDiffusion.Hosting;

/// <summary>What a supervised engine is doing.</summary>
public enum EngineState
{
    /// <summary>The checkpoint is being loaded, for the first time or again; or loading has not begun.</summary>
    Loading,

    /// <summary>It answers requests, busy or not.</summary>
    Ready,

    /// <summary>
    /// The host stops: the engine still answers what it has. It takes new requests for the rest of
    /// <see cref="PlannedDiffusionSettings.GracePeriod"/>, and then no more.
    /// </summary>
    Draining,

    /// <summary>
    /// Loading has failed, or the engine has. It is loaded again after a pause, or not any more:
    /// see <see cref="EngineSupervisor.HasGivenUp"/>.
    /// </summary>
    Faulted,

    /// <summary>It is disposed.</summary>
    Stopped,
}
