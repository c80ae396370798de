namespace PlannedDiffusion.Bench.Virtual;

/// <summary>The ways in which requests come to a simulation.</summary>
internal static class Loads
{
    /// <summary>So many requests, which come whether the engine keeps up or not (Poisson).</summary>
    /// <param name="simulation">The simulation.</param>
    /// <param name="perSecond">The mean rate.</param>
    /// <param name="count">Their number.</param>
    /// <param name="random">Draws the times between them, and the requests.</param>
    /// <param name="draw">Draws a request.</param>
    public static void Open(
        Simulation simulation, double perSecond, int count, Random random, Func<Random, VirtualRequest> draw)
    {
        var time = TimeSpan.Zero;
        for (int i = 0; i < count; i++)
        {
            time += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / perSecond);
            VirtualRequest request = draw(random);
            simulation.Clock.At(time, () => simulation.Send(request));
        }
    }

    /// <summary>So many clients, each of which asks again as soon as it has its answer.</summary>
    /// <param name="simulation">The simulation.</param>
    /// <param name="clients">Their number.</param>
    /// <param name="random">Draws the requests.</param>
    /// <param name="draw">Draws a request.</param>
    /// <param name="again">Asked before each request but a client's first; false if it has asked enough.</param>
    public static void Closed(
        Simulation simulation, int clients, Random random, Func<Random, VirtualRequest> draw, Func<bool> again)
    {
        for (int i = 0; i < clients; i++) simulation.Clock.At(TimeSpan.Zero, Ask);

        void Ask() => simulation.Send(draw(random) with { Ended = AskAgain });

        void AskAgain()
        {
            if (again()) Ask();
        }
    }
}
