using PlannedDiffusion.Cpu;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu;

/// <summary>
/// Files of weights that change while they are loaded, and weights that are used after their disposal.
/// </summary>
public sealed class ChangedFileTests
{
    [Theory]
    [InlineData(100, "was shortened while it was read")]
    [InlineData(-1, "was changed while it was read")]
    public void AFileThatChangesWhileItIsLoadedIsRefusedByName(int length, string message)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let an open file be changed.");
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, TinyModels.Config());
        string path = folder.File(CheckpointFiles.SingleName);
        using var weights = ModelWeights.Load(folder.Path);
        var progress = new OnFirst(() =>
        {
            using FileStream file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(length >= 0 ? length : file.Length + 1);
        });
        var error = Assert.Throws<SafetensorsException>(
            () => CpuModelRunner.Create(weights, new RunnerOptions { Threads = 2, Progress = progress }));
        Assert.StartsWith(path + ": " + message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatWasRewrittenInPlaceIsRefused()
    {
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, TinyModels.Config());
        using var weights = ModelWeights.Load(folder.Path);
        File.SetLastWriteTimeUtc(folder.File(CheckpointFiles.SingleName), DateTime.UnixEpoch);
        var error = Assert.Throws<SafetensorsException>(
            () => CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1 }));
        Assert.Contains("was changed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DisposedWeightsAreRefused()
    {
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, TinyModels.Config());
        var weights = ModelWeights.Load(folder.Path);
        weights.Dispose();
        Assert.Throws<ObjectDisposedException>(
            () => CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1 }));
        Assert.Throws<ObjectDisposedException>(() => weights.Embedding.Data.Read(0, new byte[1]));
    }

    [Fact]
    public void ATensorWithFewerBytesThanItsShapeIsRefused()
    {
        using ModelWeights whole = TinyModels.InMemory(TinyModels.Config());
        WeightTensor head = whole.LmHead with { Data = TensorBytes.InMemory(new byte[64]) };
        using var weights = new ModelWeights(
            whole.Config, whole.Embedding, whole.Layers, whole.FinalNorm, head, owner: null);
        using var none = new ModelWeights(
            whole.Config, whole.Embedding, whole.Layers, whole.FinalNorm, head with { Data = null! }, owner: null);
        Assert.Throws<ArgumentException>(() => CpuModelRunner.Create(none, new RunnerOptions { Threads = 1 }));
        var error = Assert.Throws<ArgumentException>(
            () => CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1 }));
        Assert.Contains("lm_head.weight has 64 bytes, its shape takes 65536", error.Message, StringComparison.Ordinal);
    }

    private sealed class OnFirst(Action act) : IProgress<LoadProgress>
    {
        private Action? _act = act;

        public void Report(LoadProgress value)
        {
            _act?.Invoke();
            _act = null;
        }
    }
}
