using PlannedDiffusion.Hub;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Hub;

/// <summary>A cache of its own, and a client with small parts and a clock of its own.</summary>
internal sealed class HubPull : IDisposable
{
    public const int PartSize = 1000;

    private readonly TemporaryDirectory _cache = new();

    public HubPull(HubServer server, string? token = null)
    {
        Server = server;
        Settings = new HubSettings { CacheFolder = _cache.Path, Endpoint = server.Endpoint, Token = token };
    }

    public HubServer Server { get; }

    public HubSettings Settings { get; set; }

    public HubClock Clock { get; } = new();

    /// <summary>All that was reported.</summary>
    public List<PullProgress> Progress { get; } = [];

    public Action<PullProgress>? Listener { get; set; }

    public int Connections { get; set; } = 3;

    public Func<string, long?> FreeSpace { get; set; } = _ => null;

    public string Folder => Path.Combine(_cache.Path, "models--own--er.1");

    public string Snapshot => Path.Combine(Folder, "snapshots", HubRepository.Commit);

    public string Blob(string file) => Path.Combine(Folder, "blobs", Server.Repository.Checksum(file));

    public string Incomplete(string file) => Blob(file) + ".incomplete";

    /// <summary>The same without proxies of this machine.</summary>
    public HubClient Client() => new(
        Settings,
        new HubTuning
        {
            PartSize = PartSize,
            Connections = Connections,
            Clock = Clock,
            Stall = HubClock.Stall,
            FreeSpace = FreeSpace,
        },
        new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false });

    public Task<string> RunAsync(string model = HubRepository.Name) =>
        RunUntilAsync(TestContext.Current.CancellationToken, model);

    public async Task<string> RunUntilAsync(CancellationToken cancellation, string model = HubRepository.Name)
    {
        Assert.True(ModelName.TryParse(model, out ModelName? name));
        using HubClient client = Client();
        return await client.PullAsync(name, new Listing(this), cancellation);
    }

    /// <summary>What the client refuses with.</summary>
    public async Task<HubException> RefusalAsync(string model = HubRepository.Name)
    {
        HubException e = await Assert.ThrowsAsync<HubException>(() => RunAsync(model));
        Assert.StartsWith(model + ": ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Snapshot), "half a model is visible");
        return e;
    }

    /// <summary>Asserts that the cache has these files as the hub has them, and no others.</summary>
    public void AssertHas(params string[] files)
    {
        Assert.Equal(
            files.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Snapshot).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string file in files)
        {
            var link = new FileInfo(Path.Combine(Snapshot, file));
            Assert.Equal($"../../blobs/{Server.Repository.Checksum(file)}", link.LinkTarget);
            Assert.Equal(Server.Repository.Files[file], File.ReadAllBytes(link.FullName));
        }

        Assert.Equal(
            files.Select(Server.Repository.Checksum).Distinct().Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Path.Combine(Folder, "blobs")).Select(Path.GetFileName)
                .Order(StringComparer.Ordinal));
    }

    /// <summary>Puts an earlier download's bytes into the cache.</summary>
    public void Begin(string file, byte[] bytes)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "blobs"));
        File.WriteAllBytes(Incomplete(file), bytes);
    }

    public void Dispose() => _cache.Dispose();

    private sealed class Listing(HubPull pull) : IProgress<PullProgress>
    {
        public void Report(PullProgress value)
        {
            pull.Progress.Add(value);
            pull.Listener?.Invoke(value);
        }
    }
}
