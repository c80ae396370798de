using PlannedDiffusion.Cuda;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Extensions.AI;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Hub;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Hosting;

/// <summary>Loads engines as the settings say.</summary>
internal sealed class EngineSource(PlannedDiffusionSettings settings, TimeProvider clock) : IProgress<LoadProgress>
{
    /// <summary>How long the end of an engine waits for a step that may hang.</summary>
    private static readonly TimeSpan DisposeTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private LoadProgress _progress;

    /// <summary>The model's name in responses.</summary>
    public string ModelName { get; } = settings.ModelName ?? NameOf(settings.Model!);

    /// <summary>How far loading is.</summary>
    public LoadProgress Progress
    {
        get
        {
            lock (_lock) return _progress;
        }
    }

    public void Report(LoadProgress value)
    {
        lock (_lock) _progress = value;
    }

    /// <summary>Loads the checkpoint, which blocks.</summary>
    public PlannedDiffusionEngine Load()
    {
        Report(default);
        string folder = HubCache.Resolve(settings.Model!);
        return PlannedDiffusionEngine.Load(folder, settings.Changed(Options()));
    }

    /// <summary>A client of an engine.</summary>
    public PlannedDiffusionChatClient Client(PlannedDiffusionEngine engine)
    {
        var options = new PlannedDiffusionChatClientOptions
        {
            ModelId = ModelName,
            IgnoreTools = settings.IgnoreTools,
        };
        return new PlannedDiffusionChatClient(engine, settings.Changed(options) with { OwnsEngine = false });
    }

    private EngineOptions Options()
    {
        var cuda = new CudaRunnerOptions { Device = settings.DeviceNumber };
        return new EngineOptions
        {
            RunnerFactory = settings.Device switch
            {
                EngineDevice.Cpu => null,
                EngineDevice.Cuda => CudaRunner.Factory(cuda),
                _ => CudaRunner.OrCpu(cuda),
            },
            Runner = new RunnerOptions
            {
                Limits = Limits(),
                Threads = settings.Threads,
                Precision = settings.Precision,
                Progress = this,
            },
            Queue = new QueueOptions
            {
                MaxWaiting = settings.MaxWaiting,
                MaxWork = settings.MaxWork,
                MaxPlanned = settings.MaxPlanned,
                MaxKeyValues = settings.MaxKeyValues,
                MaxBypass = settings.MaxBypass,
                MaxUnread = settings.MaxUnread,
            },
            ModelName = ModelName,
            DisposeTimeout = DisposeTimeout,
            Clock = clock,
        };
    }

    private RunnerLimits? Limits()
    {
        if (settings.MaxSequences is null && settings.MaxPositions is null) return null;
        string config = Path.Combine(HubCache.Resolve(settings.Model!), ModelConfigFile.Name);
        RunnerLimits usual = new RunnerOptions().LimitsFor(ModelConfigFile.Read(config));
        return usual with
        {
            MaxSequences = settings.MaxSequences ?? usual.MaxSequences,
            MaxPositions = settings.MaxPositions ?? usual.MaxPositions,
        };
    }

    private static string NameOf(string model)
    {
        if (Directory.Exists(model))
            return HubCache.ModelOf(model)?.Repository ?? new DirectoryInfo(model).Name;
        return Hub.ModelName.TryParse(model, out ModelName? name) ? name.Repository : model;
    }
}
