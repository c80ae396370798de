using PlannedDiffusion.Hub;
using Xunit;

namespace PlannedDiffusion.Tests.Hub;

/// <summary>Where the hub leads, and who sees the token.</summary>
public sealed class HubRedirectTests
{
    private const string Weights = "model.safetensors";
    private static readonly string[] Files = ["config.json", "tokenizer.json", Weights];

    [Fact]
    public async Task TheTokenGoesToTheHubAndNowhereElse()
    {
        HubRepository repository = HubRepository.Single();
        await using var storage = new HubServer(repository);
        await using var server = new HubServer(repository) { Storage = storage };
        using var pull = new HubPull(server, "hf_secret");
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.All(server.Requests, request => Assert.Equal("Bearer hf_secret", request.Authorization));
        Assert.All(storage.Requests, request => Assert.Null(request.Authorization));
        Assert.Equal(10, storage.Requests.Count);
        Assert.Single(server.GetsOf(Weights)); // the address is asked for once
    }

    [Fact]
    public async Task WithoutATokenNoneIsSent()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        await pull.RunAsync();
        Assert.All(server.Requests, request => Assert.Null(request.Authorization));
        Assert.All(server.Requests, request =>
            Assert.StartsWith("planned-diffusion-native/", request.Headers["User-Agent"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task TheTokenMayStandInAFile()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        Directory.CreateDirectory(pull.Settings.CacheFolder);
        string file = Path.Combine(pull.Settings.CacheFolder, "token");
        File.WriteAllText(file, "hf_secret\n");
        pull.Settings = new HubSettings
        {
            CacheFolder = pull.Settings.CacheFolder,
            Endpoint = server.Endpoint,
            TokenFile = file,
        };
        await pull.RunAsync();
        Assert.All(server.Requests, request => Assert.Equal("Bearer hf_secret", request.Authorization));
    }

    [Theory]
    [InlineData("hf_secret\r\nX-Other: 1")]
    [InlineData("hf secret")]
    [InlineData("hf_sécret")]
    public async Task ATokenThatIsNoneIsNotSaid(string token)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server, token);
        HubException e = await Assert.ThrowsAsync<HubException>(() => pull.RunAsync());
        Assert.Equal((HubFailure.Settings, "HF_TOKEN"), (e.Failure, e.Model));
        Assert.DoesNotContain(token, e.ToString(), StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    /// <summary>A repository that was renamed: the hub leads to its new name on the same host.</summary>
    [Fact]
    public async Task ARenamedModelIsFollowedWithTheToken()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server, "hf_secret");
        server.Script = request => request.Path.Contains("new/er.1", StringComparison.Ordinal) ? null
            : new HubReply(307).With(
                "Location", request.Path.Replace("own/er.1", "new/er.1", StringComparison.Ordinal));
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.All(server.Requests, request => Assert.Equal("Bearer hf_secret", request.Authorization));
    }

    /// <summary>A mirror that leads to another hub for everything.</summary>
    [Fact]
    public async Task AMirrorIsFollowedWithoutTheToken()
    {
        HubRepository repository = HubRepository.Single();
        await using var real = new HubServer(repository);
        await using var mirror = new HubServer(repository);
        mirror.Script = request =>
            new HubReply(308).With("Location", real.Endpoint.AbsoluteUri.TrimEnd('/') + request.Path);
        using var pull = new HubPull(mirror, "hf_secret");
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.NotEmpty(real.Requests);
        Assert.All(real.Requests, request => Assert.Null(request.Authorization));
    }

    /// <summary>The length of a redirection is not that of the file.</summary>
    [Fact]
    public async Task ARedirectionThatLacksTheLengthIsFollowed()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = request => request.Method == "HEAD" && !request.Path.Contains("cache", StringComparison.Ordinal)
            ? new HubReply(307) { Told = 77 }.With("X-Linked-Etag", server.Repository.Checksum(request.File!))
                .With("Location", $"/cache/{request.File}")
            : null;
        await pull.RunAsync();
        pull.AssertHas(Files);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(401)]
    [InlineData(404)]
    public async Task AnAddressThatHasExpiredIsAskedForAgain(int status)
    {
        HubRepository repository = HubRepository.Single();
        await using var storage = new HubServer(repository);
        await using var server = new HubServer(repository) { Storage = storage };
        using var pull = new HubPull(server) { Connections = 1 };
        int asked = 0;
        storage.Script = _ => ++asked == 4 ? new HubReply(status) : null;
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.Equal(2, server.GetsOf(Weights).Length);
    }

    [Fact]
    public async Task AStorageThatRefusesEachTimeIsGivenUp()
    {
        HubRepository repository = HubRepository.Single();
        await using var storage = new HubServer(repository) { Script = _ => new HubReply(403) };
        await using var server = new HubServer(repository) { Storage = storage };
        using var pull = new HubPull(server, "hf_secret");
        HubException e = await pull.RefusalAsync();
        Assert.Equal((HubFailure.AccessDenied, Weights), (e.Failure, e.File));
        Assert.Contains(storage.Endpoint.Authority, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData(null)]
    public async Task AStrangeAddressIsNotFollowed(string? location)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = _ => location is null ? new HubReply(302) : new HubReply(302).With("Location", location);
        HubException e = await pull.RefusalAsync();
        Assert.Equal(HubFailure.BadAnswer, e.Failure);
        Assert.Contains("leads to an address that is not followed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACircleIsLeft()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = request => new HubReply(302).With("Location", request.Path);
        HubException e = await pull.RefusalAsync();
        Assert.Contains("leads elsewhere more than 8 times", e.Message, StringComparison.Ordinal);
        Assert.Equal(9, server.Requests.Count);
    }
}
