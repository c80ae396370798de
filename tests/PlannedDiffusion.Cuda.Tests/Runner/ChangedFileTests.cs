using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>Files of weights that change on their way to the device, and weights used after their end.</summary>
public sealed class ChangedFileTests(TestDevice device) : CudaTests(device)
{
    [Theory]
    [InlineData(100, false, "was shortened while it was read")]
    [InlineData(-1, false, "was changed while it was read")]
    [InlineData(-1, true, "was changed while it was read")]
    public void AFileThatChangesWhileItIsLoadedIsRefusedByName(int length, bool map, string message)
    {
        _ = Device.Device;
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, TinyModels.Config());
        string path = folder.File(CheckpointFiles.SingleName);
        using var weights = ModelWeights.Load(folder.Path);
        var progress = new OnFirst(() =>
        {
            using FileStream file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(length >= 0 ? length : file.Length + 1);
        });
        CudaSetup options = CudaRunners.Exact with { MapWeights = map, Progress = progress };
        var error = Assert.Throws<SafetensorsException>(() => CudaRunners.Create(weights, options));
        Assert.StartsWith(path + ": " + message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MappedOrNotTheWeightsAreTheSame()
    {
        _ = Device.Device;
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, TinyModels.Config(), DType.F16, shards: 2);
        float[][] logits = [.. ((bool[])[true, false]).Select(map =>
        {
            using CudaModelRunner runner =
                CudaRunners.Load(folder.Path, CudaRunners.Exact with { MapWeights = map });
            return RunnerSteps.Logits(runner);
        })];
        Assert.Equal(logits[0], logits[1]);
    }

    [Fact]
    public void DisposedWeightsAreRefused()
    {
        _ = Device.Device;
        using var folder = new TemporaryDirectory();
        TinyModels.WriteTo(folder.Path, TinyModels.Config());
        var weights = ModelWeights.Load(folder.Path);
        weights.Dispose();
        Assert.Throws<ObjectDisposedException>(() => CudaRunners.Create(weights));
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
