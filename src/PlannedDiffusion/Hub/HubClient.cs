using System.Net;

namespace PlannedDiffusion.Hub;

/// <summary>
/// Fetches models from a Hugging Face hub into the cache that all of its tools share. Only the files that the engine
/// reads are fetched: in parts side by side, behind what an earlier download left, and checked. Several processes may
/// fetch the same model.
/// </summary>
public sealed class HubClient : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    private readonly HubSettings _settings;
    private readonly HubTuning _tuning;
    private readonly HubRequests _requests;

    /// <summary>A client.</summary>
    /// <param name="settings">Which hub and cache; by default what the environment says.</param>
    /// <exception cref="HubException">A variable of the environment cannot be used.</exception>
    public HubClient(HubSettings? settings = null)
        : this(settings ?? HubSettings.FromEnvironment(), new HubTuning(), NewHandler())
    {
    }

    internal HubClient(HubSettings settings, HubTuning tuning, HttpMessageHandler handler)
    {
        _settings = settings;
        _tuning = tuning;
        _requests = new HubRequests(settings, tuning, handler);
    }

    /// <summary>
    /// Fetches what the cache lacks of a model. The snapshot appears when all of its files are there, so that
    /// <see cref="HubCache.Resolve"/> never finds half a model.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="progress">Is told, from any thread but one at a time, how far it is.</param>
    /// <param name="cancellation">Ends it; what has come stays, and the next call goes on behind it.</param>
    /// <returns>The snapshot's folder.</returns>
    /// <exception cref="HubException">It cannot be had; the message says why.</exception>
    /// <exception cref="IOException">A file of the cache cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder of the cache may not be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<string> PullAsync(
        ModelName model, IProgress<PullProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (_settings.Offline) return FindOffline(model);
        var repository = new RepositoryFolder(_settings.CacheFolder, model);
        return await new ModelPull(_requests, _tuning, new PullMeter(progress), repository, model)
            .RunAsync(_settings.CacheFolder, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _requests.Dispose();

    private static SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = ConnectTimeout,
        UseCookies = false,
    };

    private string FindOffline(ModelName model) => HubCache.Find(model, _settings) ?? throw new HubException(
        HubFailure.Offline, model.ToString(),
        $"not all of it is in {_settings.CacheFolder}, and HF_HUB_OFFLINE forbids to fetch it");
}
