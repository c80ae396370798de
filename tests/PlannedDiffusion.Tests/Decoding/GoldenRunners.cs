using System.Collections.Concurrent;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>The runners of the golden decoding tests, one for each model.</summary>
public sealed class GoldenRunners(string kind) : IDisposable
{
    private const string Reference = "reference", Ahead = "reference, ahead";
    private static readonly ConcurrentDictionary<string, ReferenceWeights> Weights = new();
    private readonly Dictionary<string, IModelRunner> _open = [];

    /// <summary>
    /// Their names: double precision, double precision that runs ahead, and the CPU at every vector width of this
    /// machine.
    /// </summary>
    public static TheoryData<string> Names => new(
        [Reference, Ahead, .. Enum.GetValues<SimdWidth>()
            .Where(width => width != SimdWidth.Widest && SimdSupport.IsSupported(width))
            .Select(width => width.ToString())]);

    /// <summary>The runner of a golden model. This object owns it.</summary>
    public IModelRunner Open(string model)
    {
        if (!_open.TryGetValue(model, out IModelRunner? runner)) _open.Add(model, runner = Create(model));
        return runner;
    }

    public void Dispose()
    {
        foreach (IModelRunner runner in _open.Values) runner.Dispose();
    }

    private IModelRunner Create(string model)
    {
        if (kind == Reference) return new ReferenceModelRunner(ReferenceWeightsOf(model));
        if (kind == Ahead) return new AheadRunner(new ReferenceModelRunner(ReferenceWeightsOf(model)));
        using ModelWeights weights = ModelWeights.Load(GoldenModels.Folder(model));
        var options = new RunnerOptions
        {
            Threads = 1,
            Limits = new RunnerLimits { MaxSequences = 2, MaxPositions = 2048, MaxRowsPerStep = 1024 },
        };
        return CpuModelRunner.Create(
            weights, options, new CpuRunnerOptions { Simd = Enum.Parse<SimdWidth>(kind) });
    }

    /// <summary>The weights of a golden model in double precision; read once.</summary>
    public static ReferenceWeights ReferenceWeightsOf(string model) =>
        Weights.GetOrAdd(model, name => ReferenceWeights.Read(GoldenModels.Folder(name)));
}
