using PlannedDiffusion.Hub;
using Xunit;

namespace PlannedDiffusion.Tests.Hub;

/// <summary>Downloads that go on where another one ended, wait for another one, or cannot begin.</summary>
public sealed class HubResumeTests
{
    private const string Weights = "model.safetensors";
    private static readonly string[] Files = ["config.json", "tokenizer.json", Weights];

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(4321)]
    [InlineData(9999)]
    public async Task ADownloadGoesOnBehindWhatIsThere(int have)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        pull.Begin(Weights, server.Repository.Files[Weights][..have]);
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.Equal(have, server.GetsOf(Weights).Min(request => request.Range!.Value.From));
        Assert.Equal(pull.Progress[^1].Total, pull.Progress[^1].Done);
    }

    [Fact]
    public async Task AHubWithoutRangesBeginsAgainAndTheFileDoesNot()
    {
        await using var server = new HubServer(HubRepository.Single()) { HasRanges = false };
        using var pull = new HubPull(server);
        pull.Begin(Weights, server.Repository.Files[Weights][..4321]);
        await pull.RunAsync();
        pull.AssertHas(Files);
    }

    [Fact]
    public async Task AFileThatIsCompleteButForItsNameIsNotFetched()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        pull.Begin(Weights, server.Repository.Files[Weights]);
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.Empty(server.GetsOf(Weights));
    }

    /// <summary>Of the same length, shorter, longer: what is there is not what it should be.</summary>
    [Theory]
    [InlineData(10_000)]
    [InlineData(2500)]
    [InlineData(12_000)]
    public async Task DamagedBytesAreFetchedAgain(int have)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        pull.Begin(Weights, new byte[have]);
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.Equal(pull.Progress[^1].Total, pull.Progress[^1].Done);
    }

    [Fact]
    public async Task ABlobOfAnotherLengthIsFetchedAgain()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        Directory.CreateDirectory(Path.GetDirectoryName(pull.Blob(Weights))!);
        File.WriteAllBytes(pull.Blob(Weights), []);
        await pull.RunAsync();
        pull.AssertHas(Files);
    }

    /// <summary>What came without a gap stays, also of a part on its way.</summary>
    [Fact]
    public async Task ACancelledDownloadKeepsItsFirstBytes()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        using var cancellation = new CancellationTokenSource();
        server.Script = request => request.Range is (3000, _)
            ? server.Usual(request) with { Until = 321, Stalls = true } : null;
        pull.Listener = progress =>
        {
            // All but that part, and the one behind it, which is the last that may be under way.
            if (progress is { File: Weights, FileDone: 3000 + 321 + 2000 }) cancellation.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.RunUntilAsync(cancellation.Token));
        Assert.False(Directory.Exists(pull.Snapshot));
        Assert.Equal(server.Repository.Files[Weights][..3321], File.ReadAllBytes(pull.Incomplete(Weights)));

        server.Script = null;
        pull.Listener = null;
        server.Requests.Clear();
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.Equal(3321, server.GetsOf(Weights).Min(request => request.Range!.Value.From));
    }

    [Fact]
    public async Task AFileThatAnotherProcessFetchesIsWaitedFor()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        string path = Path.Combine(
            pull.Settings.CacheFolder, ".locks", "models--own--er.1", server.Repository.Checksum(Weights) + ".lock");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var held = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        pull.Listener = progress =>
        {
            if (progress.Waiting is null || !held.CanRead) return;
            // The other process has it now.
            File.WriteAllBytes(pull.Blob(Weights), server.Repository.Files[Weights]);
            held.Dispose();
        };
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.Contains("another process fetches it", pull.Progress.Select(progress => progress.Waiting));
        Assert.Empty(server.GetsOf(Weights));
    }

    [Fact]
    public async Task TwoDownloadsOfAModelFetchItOnce()
    {
        await using var server = new HubServer(HubRepository.Sharded());
        using var pull = new HubPull(server);
        using var other = new HubPull(server) { Settings = pull.Settings };
        string[] folders = await Task.WhenAll(pull.RunAsync(), other.RunAsync());
        Assert.Equal([pull.Snapshot, pull.Snapshot], folders);
        pull.AssertHas(
            "config.json", "vocab.json", "merges.txt", "model.safetensors.index.json", "a.safetensors",
            "b.safetensors");
        Assert.Equal(5, server.GetsOf("a.safetensors").Length);
        Assert.Single(server.GetsOf("config.json"));
    }

    [Fact]
    public async Task AFullDiskIsSeenBefore()
    {
        await using var server = new HubServer(HubRepository.Sharded());
        using var pull = new HubPull(server) { FreeSpace = _ => 7000 };
        HubException e = await pull.RefusalAsync();
        Assert.Equal(HubFailure.DiskSpace, e.Failure);
        Assert.Contains("8.0 kB are to be fetched", e.Message, StringComparison.Ordinal);
        Assert.EndsWith(" has room for 7.0 kB", e.Message, StringComparison.Ordinal);
        // The index says what else there is, and is small.
        HubRequest only = Assert.Single(
            server.Requests, request => request.Method == "GET" && request.File is not null);
        Assert.Equal("model.safetensors.index.json", only.File);
    }

    [Fact]
    public async Task WhatIsThereNeedsNoRoom()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server) { FreeSpace = _ => 100 };
        pull.Begin(Weights, server.Repository.Files[Weights][..9950]);
        await pull.RunAsync();
        pull.AssertHas(Files);
        pull.FreeSpace = _ => 0;
        await pull.RunAsync();
    }

    [Fact]
    public async Task TheRealDiskHasRoomForTenKilobytes()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server) { FreeSpace = new HubTuning().FreeSpace };
        await pull.RunAsync();
        Assert.True(new HubTuning().FreeSpace(pull.Folder) > 0);
        Assert.Null(new HubTuning().FreeSpace(Path.Combine(pull.Folder, "nowhere")));
    }

    [Fact]
    public async Task OfflineNothingIsAsked()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        HubSettings online = pull.Settings;
        pull.Settings = new HubSettings
        {
            CacheFolder = online.CacheFolder,
            Endpoint = online.Endpoint,
            Offline = true,
        };
        HubException e = await pull.RefusalAsync();
        Assert.Equal(HubFailure.Offline, e.Failure);
        Assert.Contains("HF_HUB_OFFLINE", e.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);

        HubSettings offline = pull.Settings;
        pull.Settings = online;
        await pull.RunAsync();
        server.Requests.Clear();
        pull.Settings = offline;
        Assert.Equal(pull.Snapshot, await pull.RunAsync());
        Assert.Empty(server.Requests);
    }
}
