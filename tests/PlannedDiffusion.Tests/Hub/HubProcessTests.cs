using System.Diagnostics;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Cli.Shared.Streams;
using Xunit;

namespace PlannedDiffusion.Tests.Hub;

/// <summary>Whole processes of <c>pd pull</c>.</summary>
public sealed class HubProcessTests
{
    private const int PartSize = 8 << 20, Connections = 8; // of the program
    private const string Weights = "model.safetensors";

    /// <summary>
    /// A process is killed while the last part stalls. Two others go on together, and fetch each byte once.
    /// </summary>
    [Fact]
    public async Task AKilledDownloadGoesOnInTwoProcesses()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        HubRepository repository = HubRepository.Single((Connections * PartSize) + 1);
        await using var server = new HubServer(repository);
        using var home = new TemporaryDirectory();

        // The last part is asked for when the first one is written.
        var stalled = new TaskCompletionSource();
        server.Script = request => request.Range is (Connections * PartSize, _)
            ? new HubReply(200) { IsSilent = true, Stalls = true, Sent = stalled.SetResult } : null;
        using (Process killed = Start(server, home))
        {
            await stalled.Task.WaitAsync(cancellation);
            killed.Kill();
            await killed.WaitForExitAsync(cancellation);
        }

        string folder = Path.Combine(home.Path, "hub", "models--own--er.1");
        long have = new FileInfo(Path.Combine(folder, "blobs", repository.Checksum(Weights) + ".incomplete")).Length;
        Assert.InRange(have, PartSize, Connections * PartSize);
        server.Script = null;
        server.Requests.Clear();

        using Process one = Start(server, home), other = Start(server, home);
        string[] said = await Task.WhenAll(
            one.StandardOutput.ReadToEndAsync(cancellation), other.StandardOutput.ReadToEndAsync(cancellation));
        await Task.WhenAll(one.WaitForExitAsync(cancellation), other.WaitForExitAsync(cancellation));
        string snapshot = Path.Combine(folder, "snapshots", HubRepository.Commit);
        Assert.All(said, text => Assert.Equal(snapshot + "\n", text));
        Assert.Equal((0, 0), (one.ExitCode, other.ExitCode));
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(snapshot, Weights), cancellation);
        Assert.True(bytes.AsSpan().SequenceEqual(repository.Files[Weights]));
        Assert.Equal(
            repository.Files[Weights].Length - have,
            server.GetsOf(Weights).Sum(request => request.Range!.Value.To - request.Range.Value.From + 1));
    }

    private static Process Start(HubServer server, TemporaryDirectory home) => PdProcess.Start(
        $"exec $PD pull {HubRepository.Name} 2>/dev/null",
        ("HF_ENDPOINT", server.Endpoint.AbsoluteUri), ("HF_HOME", home.Path), ("HF_HUB_CACHE", null),
        ("HF_HUB_OFFLINE", null), ("NO_PROXY", "*"));
}
