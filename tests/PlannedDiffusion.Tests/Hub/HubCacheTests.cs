using PlannedDiffusion.Hub;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Hub;

public sealed class HubCacheTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TemporaryDirectory _cache = new();

    private HubSettings Settings => new() { CacheFolder = _cache.Path };

    private string Snapshot => Path.Combine(_cache.Path, "models--own--er.1", "snapshots", Commit);

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData("own/er.1")]
    [InlineData("own/er.1@main")]
    [InlineData("own/er.1@refs/pr/7")]
    [InlineData("own/er.1@" + Commit)]
    public void ANameIsItsSnapshot(string model)
    {
        Keep("config.json");
        Assert.Equal(Snapshot, HubCache.Resolve(model, Settings));
        Assert.True(ModelName.TryParse(model, out ModelName? name));
        Assert.Equal(Snapshot, HubCache.Find(name, Settings));
        Assert.Equal($"own/er.1@{Commit}", HubCache.ModelOf(Snapshot + "/")?.ToString());
    }

    [Fact]
    public void AFolderWins()
    {
        Keep("config.json");
        string folder = Path.GetRelativePath(Directory.GetCurrentDirectory(), _cache.Path);
        Assert.Equal(folder, HubCache.Resolve(folder, Settings));
        Assert.Null(HubCache.ModelOf(folder));
    }

    [Theory]
    [InlineData("own/other")]
    [InlineData("own/er.1@v2")]
    [InlineData("Own/er.1")]
    public void AMissNamesTheFolderTheCacheAndTheCommand(string model)
    {
        Keep("config.json");
        HubException e = Assert.Throws<HubException>(() => HubCache.Resolve(model, Settings));
        Assert.Equal(HubFailure.NotCached, e.Failure);
        Assert.Equal(
            $"{model}: no such folder, and no such model in {_cache.Path}; this fetches it: pd pull {model}",
            e.Message);
        Assert.True(ModelName.TryParse(model, out ModelName? name));
        Assert.Null(HubCache.Find(name, Settings));
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("./own/er.1")]
    [InlineData("/own/er.1")]
    [InlineData("~/er.1")]
    [InlineData("own\\er.1")]
    [InlineData("own/er/1")]
    public void WhatIsNoNameIsNoFolder(string model)
    {
        HubException e = Assert.Throws<HubException>(() => HubCache.Resolve(model, Settings));
        Assert.Equal((HubFailure.NoSuchFolder, $"{model}: no such folder"), (e.Failure, e.Message));
    }

    [Theory]
    [InlineData("config.json", "tokenizer.json")]
    [InlineData("b.safetensors", "config.json", "model.safetensors.index.json", "a.safetensors")]
    public void APartOfAModelIsNone(string missing, params string[] files)
    {
        Keep(files);
        HubException e = Assert.Throws<HubException>(() => HubCache.Resolve("own/er.1", Settings));
        Assert.Equal((HubFailure.NotCached, missing), (e.Failure, e.File));
        Assert.Contains("pd pull own/er.1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALinkWithoutItsBlobIsMissing()
    {
        Keep("tokenizer.json");
        File.CreateSymbolicLink(Path.Combine(Snapshot, "config.json"), "../../blobs/gone");
        Assert.Equal("config.json", Assert.Throws<HubException>(() => HubCache.Resolve("own/er.1", Settings)).File);
    }

    [Theory]
    [InlineData("../../../../etc")]
    [InlineData("main")]
    [InlineData("")]
    public void AReferenceThatIsNoCommitIsNone(string text)
    {
        Keep("config.json");
        File.WriteAllText(Path.Combine(_cache.Path, "models--own--er.1", "refs", "main"), text);
        Assert.Equal(
            HubFailure.NotCached, Assert.Throws<HubException>(() => HubCache.Resolve("own/er.1", Settings)).Failure);
    }

    [Fact]
    public void ATokenizerAloneCanBeMeant()
    {
        Keep("config.json", "tokenizer.json");
        Assert.Equal(Snapshot, HubCache.Resolve("own/er.1", Settings));
    }

    /// <summary>A snapshot as other tools leave one, with its references.</summary>
    private void Keep(params string[] files)
    {
        string references = Path.Combine(_cache.Path, "models--own--er.1", "refs");
        Directory.CreateDirectory(Path.Combine(references, "refs", "pr"));
        File.WriteAllText(Path.Combine(references, "main"), Commit);
        File.WriteAllText(Path.Combine(references, "refs", "pr", "7"), Commit + "\n");
        Directory.CreateDirectory(Snapshot);
        foreach (string file in files)
        {
            File.WriteAllText(
                Path.Combine(Snapshot, file),
                """{"weight_map":{"x":"a.safetensors","y":"b.safetensors"}}""");
        }
    }
}
