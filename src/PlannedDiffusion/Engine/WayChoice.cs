using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Engine;

/// <summary>Chooses how a request with <see cref="AutoOptions"/> is decoded.</summary>
internal sealed class WayChoice
{
    private readonly RecentArrivals _arrivals;
    private readonly ArrivalLimits _limits;
    private readonly bool _canPlan;

    public WayChoice(string device, ModelConfig config, ControlTokens? tags, TimeProvider clock)
    {
        _arrivals = new RecentArrivals(clock);
        _limits = ArrivalLimits.For(device, config);
        _canPlan = tags is not null && tags.Mask == config.MaskTokenId;
    }

    /// <summary>Notes that a request has arrived.</summary>
    public void NoteArrival() => _arrivals.Add();

    /// <summary>The request with the chosen way; any other request as it is.</summary>
    /// <exception cref="ArgumentException">An option is outside its range. The message names it.</exception>
    public GenerationRequest Chosen(GenerationRequest request)
    {
        if (request?.Options?.Decoding is not AutoOptions auto) return request!;
        request.Options.Validate();
        if (request.Plan is not null)
            throw new ArgumentException($"Plan is given, but Decoding is {nameof(AutoOptions)}.", nameof(request));
        int most = auto.MostArrivals ?? _limits[auto.Planned, request.Options.Preset];
        bool plans = _canPlan && _arrivals.Count < most;
        return request with
        {
            Options = request.Options with
            {
                Decoding = plans ? auto.Planned : auto.Autoregressive,
                Experiment = request.Options.Experiment is { } experiment ? Part(experiment, plans) : null,
            },
        };
    }

    /// <summary>What concerns the chosen way.</summary>
    private static ExperimentOptions Part(ExperimentOptions experiment, bool plans) => plans
        ? experiment with { IgnoreEnd = false }
        : new ExperimentOptions { IgnoreEnd = experiment.IgnoreEnd };
}
