namespace PlannedDiffusion.Engine;

/// <summary>Where a request is on its way through the engine.</summary>
internal enum RequestPlace
{
    /// <summary>Not in the engine.</summary>
    Outside,

    /// <summary>It has a place in the queue, and begins to wait once somebody reads its answer.</summary>
    Reserved,

    /// <summary>It waits.</summary>
    Waiting,

    /// <summary>The engine's thread has taken it.</summary>
    Running,

    /// <summary>Whoever reads its answer knows that it is over.</summary>
    Ended,
}
