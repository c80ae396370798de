using System.Collections.Concurrent;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>The runners that the golden decoding tests go through.</summary>
public static class GoldenRunners
{
    private static readonly ConcurrentDictionary<string, ReferenceWeights> Weights = new();

    /// <summary>Their names.</summary>
    public static TheoryData<string> Names => ["reference"];

    /// <summary>Opens a golden model on a runner.</summary>
    public static IModelRunner Open(string runner, string model) => runner switch
    {
        "reference" => new ReferenceModelRunner(ReferenceWeightsOf(model)),
        _ => throw new ArgumentException($"No runner is called {runner}.", nameof(runner)),
    };

    /// <summary>The weights of a golden model in double precision; read once.</summary>
    public static ReferenceWeights ReferenceWeightsOf(string model) =>
        Weights.GetOrAdd(model, name => ReferenceWeights.Read(Path.Combine(Golden.Root, "models", name)));
}
