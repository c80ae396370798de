namespace PlannedDiffusion.Peers;

/// <summary>An engine that runs steps behind a filled cache, with logits for every row.</summary>
internal interface IStepPeer : IDisposable
{
    /// <summary>Name of the engine and type of its weights.</summary>
    string Name { get; }

    /// <summary>The median time of steps of this many rows in milliseconds, after two warm-up steps.</summary>
    double MedianMilliseconds(int rows, int repetitions);
}
