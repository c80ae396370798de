namespace PlannedDiffusion.Engine;

/// <summary>What the requests of one key have got of the engine.</summary>
internal sealed class Share
{
    /// <summary>That of requests that are not in the engine.</summary>
    public static Share None { get; } = new();

    /// <summary>Rows of steps, counted while other keys were there.</summary>
    public long Served { get; set; }
}
