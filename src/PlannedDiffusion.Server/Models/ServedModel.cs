using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.Server.Errors;

namespace PlannedDiffusion.Server.Models;

/// <summary>A model under the name that clients know.</summary>
internal sealed class ServedModel(EngineSupervisor supervisor, long created)
{
    private (PlannedDiffusionEngine Engine, string Text)? _fingerprint;

    /// <summary>Its name.</summary>
    public string Id => supervisor.ModelName;

    /// <summary>When it was made available, in seconds since 1970.</summary>
    public long Created => created;

    /// <summary>What loads, restarts and drains its engine.</summary>
    public EngineSupervisor Supervisor => supervisor;

    /// <summary>Takes no new requests from now on, and lets the others end.</summary>
    public Task DrainAsync() => supervisor.DrainAsync();

    /// <summary>The engine, for a new request.</summary>
    /// <exception cref="ApiException">It is loading, has failed, or is stopped: 503.</exception>
    public PlannedDiffusionEngine Engine() => supervisor.Engine ?? throw Unavailable();

    /// <summary>Names what the same seed needs for the same answer: build, model and device.</summary>
    public string Fingerprint(PlannedDiffusionEngine engine)
    {
        if (_fingerprint is { } known && known.Engine == engine) return known.Text;
        string text = $"{Build.Version}\n{Id}\n{engine.Device}";
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0, 5);
        string fingerprint = string.Create(CultureInfo.InvariantCulture, $"fp_{hash}");
        _fingerprint = (engine, fingerprint);
        return fingerprint;
    }

    private ApiException Unavailable()
    {
        EngineState state = supervisor.State;
        string message = state switch
        {
            EngineState.Loading or EngineState.Ready => $"{Id} is still loading.",
            EngineState.Faulted when supervisor.HasGivenUp => $"{Id} has failed for good.",
            EngineState.Faulted => $"{Id} has failed; it is loaded again.",
            _ => $"{Id} takes no new requests.",
        };
        string code = state == EngineState.Ready ? "loading" : state.ToString().ToLowerInvariant();
        return new ApiException(ApiError.Unavailable(code, message, supervisor.RetryAfter));
    }
}
