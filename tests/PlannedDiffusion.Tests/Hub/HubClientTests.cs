using PlannedDiffusion.Hub;
using Xunit;

namespace PlannedDiffusion.Tests.Hub;

/// <summary>Downloads from a hub that behaves well.</summary>
public sealed class HubClientTests
{
    private static readonly string[] SingleFiles = ["config.json", "tokenizer.json", "model.safetensors"];

    private static readonly string[] ShardedFiles =
        ["config.json", "vocab.json", "merges.txt", "model.safetensors.index.json", "a.safetensors", "b.safetensors"];

    [Fact]
    public async Task TheCacheHasWhatTheEngineReadsAsAllToolsHaveIt()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        Assert.Equal(pull.Snapshot, await pull.RunAsync());
        pull.AssertHas(SingleFiles);
        Assert.Equal(HubRepository.Commit, File.ReadAllText(Path.Combine(pull.Folder, "refs", "main")));
        Assert.Equal(pull.Snapshot, HubCache.Resolve(HubRepository.Name, pull.Settings));
    }

    /// <summary>The blob that git itself makes of <c>{}</c>: <c>printf '{}' | git hash-object --stdin</c>.</summary>
    [Fact]
    public async Task SmallFilesHaveGitsOwnNames()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        await pull.RunAsync();
        Assert.True(File.Exists(
            Path.Combine(pull.Folder, "blobs", "9e26dfeeb6e641a33dae4961196235bdb965b21b")));
    }

    [Fact]
    public async Task ShardsAreThoseOfTheIndex()
    {
        await using var server = new HubServer(HubRepository.Sharded());
        using var pull = new HubPull(server);
        await pull.RunAsync();
        pull.AssertHas(ShardedFiles);
    }

    [Fact]
    public async Task LargeFilesComeInPartsSideBySide()
    {
        await using var server = new HubServer(HubRepository.Single(10 * HubPull.PartSize + 1));
        using var pull = new HubPull(server);
        await pull.RunAsync();
        Assert.Equal(
            Enumerable.Range(0, 11).Select(i => (i * 1000, Math.Min(i * 1000 + 999, 10_000))),
            server.GetsOf("model.safetensors").Select(request => request.Range!.Value).Order());
        Assert.Null(Assert.Single(server.GetsOf("config.json")).Range);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(3000)]
    [InlineData(3001)]
    public async Task EverySizeArrives(int size)
    {
        await using var server = new HubServer(HubRepository.Single(size));
        using var pull = new HubPull(server);
        await pull.RunAsync();
        pull.AssertHas(SingleFiles);
    }

    [Fact]
    public async Task AHubWithoutRangesWillDo()
    {
        await using var server = new HubServer(HubRepository.Single()) { HasRanges = false };
        using var pull = new HubPull(server);
        await pull.RunAsync();
        pull.AssertHas(SingleFiles);
        Assert.Single(server.GetsOf("model.safetensors"));
    }

    [Fact]
    public async Task WhatIsThereIsNotFetchedAgain()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        await pull.RunAsync();
        server.Requests.Clear();
        pull.Progress.Clear();
        await pull.RunAsync();
        Assert.DoesNotContain(server.Requests, request => request.Method == "GET" && request.File is not null);
        Assert.Equal(pull.Progress[^1].Total, pull.Progress[^1].Done);
    }

    [Theory]
    [InlineData("v1.0", "/api/models/own/er.1/revision/v1.0", "refs/v1.0")]
    [InlineData("refs/pr/7", "/api/models/own/er.1/revision/refs%2Fpr%2F7", "refs/refs/pr/7")]
    public async Task ARevisionIsAskedForAndKept(string revision, string path, string reference)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        await pull.RunAsync($"{HubRepository.Name}@{revision}");
        Assert.Equal(path, server.Requests.First().Path);
        Assert.Equal(HubRepository.Commit, File.ReadAllText(Path.Combine(pull.Folder, reference)));
        Assert.Equal(pull.Snapshot, HubCache.Resolve($"{HubRepository.Name}@{revision}", pull.Settings));
    }

    [Fact]
    public async Task ACommitNeedsNoReference()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        await pull.RunAsync($"{HubRepository.Name}@{HubRepository.Commit}");
        Assert.False(Directory.Exists(Path.Combine(pull.Folder, "refs")));
    }

    [Fact]
    public async Task AnOldLinkIsReplaced()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        Directory.CreateDirectory(pull.Snapshot);
        File.CreateSymbolicLink(Path.Combine(pull.Snapshot, "config.json"), "../../blobs/gone");
        await pull.RunAsync();
        pull.AssertHas(SingleFiles);
    }

    [Fact]
    public async Task WhereLinksAreNotToBeHadTheFilesThemselvesAreInTheSnapshot()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        Directory.CreateDirectory(pull.Snapshot);
        File.WriteAllBytes(
            Path.Combine(pull.Snapshot, "model.safetensors"), server.Repository.Files["model.safetensors"]);
        await pull.RunAsync();
        Assert.Empty(server.GetsOf("model.safetensors"));
        Assert.Null(new FileInfo(Path.Combine(pull.Snapshot, "model.safetensors")).LinkTarget);
    }

    [Fact]
    public async Task ProgressAddsUp()
    {
        await using var server = new HubServer(HubRepository.Sharded());
        using var pull = new HubPull(server);
        await pull.RunAsync();
        long total = ShardedFiles.Sum(file => server.Repository.Files[file].Length);
        Assert.Equal((total, total), (pull.Progress[^1].Done, pull.Progress[^1].Total));
        Assert.All(pull.Progress, progress => Assert.InRange(progress.FileDone, 0, progress.FileSize));
        Assert.Equal(pull.Progress.Select(progress => progress.Done).Order(), pull.Progress.Select(it => it.Done));
        Assert.All(ShardedFiles, file => Assert.Contains(
            pull.Progress, progress => progress.File == file && progress.FileDone == progress.FileSize));
    }

    [Fact]
    public async Task ANewCommitSharesWhatHasNotChanged()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        await pull.RunAsync();
        string other = new('f', 40);
        server.Script = request => request.File is null
            ? new HubReply(200)
            {
                Body = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(
                    server.Repository.Listing()).Replace(HubRepository.Commit, other, StringComparison.Ordinal)),
            }
            : null;
        server.Requests.Clear();
        Assert.Equal(Path.Combine(pull.Folder, "snapshots", other), await pull.RunAsync());
        Assert.DoesNotContain(server.Requests, request => request.Method == "GET" && request.File is not null);
        Assert.Equal(other, HubCache.ModelOf(HubCache.Resolve(HubRepository.Name, pull.Settings))?.Revision);
    }
}
