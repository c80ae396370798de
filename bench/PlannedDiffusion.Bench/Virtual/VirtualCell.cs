using System.Globalization;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>One load on one engine: a row of a table.</summary>
/// <param name="Section">The table.</param>
/// <param name="Times">The step times.</param>
/// <param name="Variant">What differs between the rows of the table.</param>
/// <param name="Workload">The requests.</param>
internal sealed record VirtualCell(string Section, StepTimes Times, string Variant, VirtualWorkload Workload)
{
    /// <summary>Requests a second; null for none that come by chance.</summary>
    public double? Rate { get; init; }

    /// <summary>Clients that always have a request open; null for none.</summary>
    public int? Clients { get; init; }

    /// <summary>The engine.</summary>
    public SimulationSettings Settings { get; init; } = new();

    /// <summary>The load as text.</summary>
    public string Load => string.Join(
        " + ", new[] { Clients is null ? null : $"{Clients} clients", Rate is null ? null : Text(Rate.Value) + "/s" }
            .OfType<string>());

    /// <summary>Simulates it once.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="requests">Requests, without the first of each client.</param>
    /// <param name="seed">Of all draws.</param>
    public LoadSummary Run(Tokenizer tokenizer, int requests, int seed)
    {
        using var simulation = new Simulation(tokenizer, Times, Settings);
        var random = new Random(seed);
        int left = requests;
        if (Clients is { } clients && Rate is { } beside)
        {
            // So many open requests of one key, beside those of another that come by chance: these are told of.
            bool going = true;
            Loads.Closed(simulation, clients, random, Key("many"), () => going);
            simulation.Clock.At(TimeSpan.FromSeconds(requests / 8 / beside), () => going = false);
            Loads.Open(simulation, beside, requests / 8, new Random(seed + 1), Key("few"));
            IReadOnlyList<VirtualAnswer> both = simulation.Run();
            return LoadSummary.Of([.. both.Where(answer => answer.Request.Key == "few")], Times)
                .WithRateOf(both.Where(answer => answer.Request.Key == "many"), clients);
        }

        if (Clients is { } alone)
        {
            Loads.Closed(simulation, alone, random, Workload.Draw, () => left-- > 0);
            return LoadSummary.Of(simulation.Run(), Times, last: alone);
        }

        Loads.Open(simulation, Rate!.Value, requests, random, Workload.Draw);
        return LoadSummary.Of(simulation.Run(), Times);
    }

    private Func<Random, VirtualRequest> Key(string key) => random => Workload.Draw(random) with { Key = key };

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
