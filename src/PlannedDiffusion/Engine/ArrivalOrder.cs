namespace PlannedDiffusion.Engine;

/// <summary>Requests in the order of their arrival, moved by priorities; keys by the rows that they got.</summary>
internal sealed class ArrivalOrder : IComparer<GenerationJob>, IComparer<Share>
{
    public static ArrivalOrder Instance { get; } = new();

    public int Compare(GenerationJob? x, GenerationJob? y)
    {
        int order = x!.Demand.Arrival.CompareTo(y!.Demand.Arrival);
        return order != 0 ? order : x.Demand.Number.CompareTo(y.Demand.Number);
    }

    public int Compare(Share? x, Share? y)
    {
        int order = x!.Served.CompareTo(y!.Served);
        return order != 0 ? order : Compare(x.Waiting.First, y.Waiting.First);
    }
}
