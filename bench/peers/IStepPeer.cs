namespace PlannedDiffusion.Peers;

/// <summary>An engine that computes steps of so many rows behind a filled cache, with logits for every row.</summary>
internal interface IStepPeer : IDisposable
{
    /// <summary>Engine and type of the weights.</summary>
    string Name { get; }

    /// <summary>The median of some steps, in milliseconds, after two that warm up.</summary>
    double MedianMilliseconds(int rows, int repetitions);
}
