using PlannedDiffusion.Engine;
using PlannedDiffusion.Extensions.AI;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Hosting;

/// <summary>
/// What a host says about a model. The section <c>PlannedDiffusion</c> of the configuration is bound to it, of a keyed
/// model <c>PlannedDiffusion:KEY</c>; then code may change it. It is validated when the host starts, and read once.
/// </summary>
public sealed class PlannedDiffusionSettings
{
    private Func<EngineOptions, EngineOptions> _engine = options => options;
    private Func<PlannedDiffusionChatClientOptions, PlannedDiffusionChatClientOptions> _client = options => options;

    /// <summary>
    /// The checkpoint: a folder, or <c>OWNER/NAME</c> or <c>OWNER/NAME@REVISION</c> of a model that <c>pd pull</c> has
    /// fetched. A folder that exists wins. Required.
    /// </summary>
    public string? Model { get; set; }

    /// <summary>
    /// The model's name in responses, metrics and logs. Null for <c>OWNER/NAME</c>, or the name of the folder.
    /// </summary>
    public string? ModelName { get; set; }

    /// <summary>Where the model runs.</summary>
    public EngineDevice Device { get; set; }

    /// <summary>The number of the GPU, from 0.</summary>
    public int DeviceNumber { get; set; }

    /// <inheritdoc cref="RunnerOptions.Threads"/>
    public int Threads { get; set; }

    /// <inheritdoc cref="RunnerOptions.Precision"/>
    public Precision? Precision { get; set; }

    /// <summary>The most requests that run at a time; null for 4. Memory is reserved for all of them.</summary>
    public int? MaxSequences { get; set; }

    /// <summary>
    /// The most positions of a request: prompt, plans and spans. Null for 2048, or as many as the model has.
    /// </summary>
    public int? MaxPositions { get; set; }

    /// <inheritdoc cref="QueueOptions.MaxWaiting"/>
    public int MaxWaiting { get; set; } = new QueueOptions().MaxWaiting;

    /// <inheritdoc cref="QueueOptions.MaxWork"/>
    public TimeSpan MaxWork { get; set; } = new QueueOptions().MaxWork;

    /// <inheritdoc cref="QueueOptions.MaxPlanned"/>
    public int MaxPlanned { get; set; } = new QueueOptions().MaxPlanned;

    /// <inheritdoc cref="QueueOptions.MaxKeyValues"/>
    public long? MaxKeyValues { get; set; }

    /// <inheritdoc cref="QueueOptions.MaxBypass"/>
    public TimeSpan MaxBypass { get; set; } = new QueueOptions().MaxBypass;

    /// <inheritdoc cref="QueueOptions.MaxUnread"/>
    public TimeSpan MaxUnread { get; set; } = new QueueOptions().MaxUnread;

    /// <inheritdoc cref="PlannedDiffusionChatClientOptions.IgnoreTools"/>
    public bool IgnoreTools { get; set; }

    /// <summary>
    /// True if a request to the <c>IChatClient</c> waits while the model is being loaded; false to refuse it with an
    /// <see cref="EngineUnavailableException"/>.
    /// </summary>
    public bool WaitWhileLoading { get; set; } = true;

    /// <summary>
    /// The age of a step from which the engine counts as hung and the check <c>live</c> fails. No step of a working
    /// engine may take so long, a chunk of a long prompt included.
    /// </summary>
    public TimeSpan HeartbeatLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long the engine takes new requests although the host stops and the check <c>ready</c> fails, so that load
    /// balancers notice. Left out if nobody has asked <c>ready</c> so far.
    /// </summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long requests may go on when the host stops. What is left then ends with an
    /// <see cref="ObjectDisposedException"/>. Together with <see cref="GracePeriod"/> it must be below the host's
    /// <c>ShutdownTimeout</c>, which is 30 s unless the host says otherwise.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The pause before a failed engine is loaded again. Each further pause is twice as long, up to a minute.
    /// </summary>
    public TimeSpan RestartPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How often an engine is loaded again within <see cref="RestartWindow"/>. One failure more is final; 0 makes the
    /// first one final.
    /// </summary>
    public int MaxRestarts { get; set; } = 5;

    /// <summary>The time in which restarts are counted.</summary>
    public TimeSpan RestartWindow { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>True to stop the host when a failure is final: of the first load, or after too many restarts.</summary>
    public bool StopHostOnFailure { get; set; }

    /// <summary>
    /// Changes the options of the engine that follow from the settings, each time it is loaded: another runner, say, or
    /// what has no setting. Changes add up.
    /// </summary>
    /// <param name="change">Gets the options so far and returns those to use.</param>
    public void ConfigureEngine(Func<EngineOptions, EngineOptions> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Func<EngineOptions, EngineOptions> before = _engine;
        _engine = options => change(before(options));
    }

    /// <summary>
    /// Changes the options of the <c>IChatClient</c> that follow from the settings: how to answer where a request says
    /// nothing. Changes add up.
    /// </summary>
    /// <param name="change">Gets the options so far and returns those to use.</param>
    public void ConfigureClient(Func<PlannedDiffusionChatClientOptions, PlannedDiffusionChatClientOptions> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Func<PlannedDiffusionChatClientOptions, PlannedDiffusionChatClientOptions> before = _client;
        _client = options => change(before(options));
    }

    internal EngineOptions Changed(EngineOptions options) => _engine(options);

    internal PlannedDiffusionChatClientOptions Changed(PlannedDiffusionChatClientOptions options) => _client(options);
}
