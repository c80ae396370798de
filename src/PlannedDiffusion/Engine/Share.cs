namespace PlannedDiffusion.Engine;

/// <summary>What the requests of one key have got of the engine, and those of them that wait.</summary>
internal sealed class Share(string? key) : IHeapItem
{
    /// <summary>That of requests that are not in the engine.</summary>
    public static Share None { get; } = new(null);

    /// <summary>The key.</summary>
    public string? Key => key;

    /// <summary>Rows of steps, counted while other keys were there.</summary>
    public long Served { get; set; }

    /// <summary>Its requests in the engine.</summary>
    public int Present { get; set; }

    /// <summary>Those that run.</summary>
    public int Running { get; set; }

    /// <summary>Those that wait and may start, oldest first.</summary>
    public IndexedHeap<GenerationJob> Waiting { get; } = new(ArrivalOrder.Instance);

    /// <summary>The index among keys with waiting requests.</summary>
    public int HeapIndex { get; set; } = -1;
}
