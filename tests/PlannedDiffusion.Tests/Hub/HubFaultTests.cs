using System.Net;
using PlannedDiffusion.Hub;
using Xunit;

namespace PlannedDiffusion.Tests.Hub;

/// <summary>Faults that pass, and what is said of those that do not.</summary>
public sealed class HubFaultTests
{
    private const string Weights = "model.safetensors";
    private static readonly string[] Files = ["config.json", "tokenizer.json", Weights];

    public static TheoryData<string> EveryRequest =>
        ["listing", "HEAD config.json", "GET config.json", "GET " + Weights];

    [Theory]
    [MemberData(nameof(EveryRequest))]
    public async Task AConnectionThatIsCutIsMadeAgain(string which)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        Once(server, which, reply => reply with { Until = reply.Body.Length / 2, IsReset = which.StartsWith('H') });
        await pull.RunAsync();
        pull.AssertHas(Files);
        if (!which.StartsWith('H')) Assert.Equal([TimeSpan.FromSeconds(1)], pull.Clock.Waits);
    }

    [Theory]
    [InlineData("listing")]
    [InlineData("GET config.json")]
    [InlineData("GET " + Weights)]
    public async Task AConnectionThatStallsIsGivenUp(string which)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server) { Connections = 1 };
        Once(
            server, which,
            reply => reply with { Until = reply.Body.Length / 2, Stalls = true, Sent = pull.Clock.Expire });
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.Equal([TimeSpan.FromSeconds(1)], pull.Clock.Waits);
    }

    [Fact]
    public async Task AHubThatNeverAnswersIsGivenUp()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = _ => new HubReply(200) { IsSilent = true, Stalls = true, Sent = pull.Clock.Expire };
        HubException e = await pull.RefusalAsync();
        Assert.Equal(HubFailure.Unreachable, e.Failure);
        Assert.EndsWith(" brought nothing for 30 s", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task NobodyListens()
    {
        var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        await server.DisposeAsync();
        HubException e = await pull.RefusalAsync();
        Assert.Equal((HubFailure.Unreachable, "127.0.0.1", null), (e.Failure, e.Host, e.Status));
        Assert.Contains(" does not answer: ", e.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2], pull.Clock.Waits.Select(wait => wait.TotalSeconds));
    }

    [Theory]
    [MemberData(nameof(EveryRequest))]
    public async Task TooManyRequestsAreAskedAgainWhenTheHubSays(string which)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        Once(server, which, _ => new HubReply(429).With("Retry-After", "7"));
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.Equal([TimeSpan.FromSeconds(7)], pull.Clock.Waits);
        Assert.Contains(
            "127.0.0.1 answers 429: too many requests, and wants to be asked again in 7 s; again in 7 s",
            pull.Progress.Select(progress => progress.Waiting));
    }

    [Theory]
    [InlineData(429, "Retry-After", "Fri, 02 Jan 2026 03:04:25 GMT", 20)]
    [InlineData(429, "Retry-After", "Fri, 02 Jan 2026 03:04:00 GMT", 0)]
    [InlineData(429, "Retry-After", "soon", 1)]
    [InlineData(429, "RateLimit", "\"api\";r=0;t=173", 173)]
    [InlineData(429, "RateLimit", "\"api\";r=0;t=-3", 1)]
    [InlineData(503, "Retry-After", "9", 9)]
    [InlineData(500, "X", "y", 1)]
    [InlineData(502, "X", "y", 1)]
    [InlineData(504, "X", "y", 1)]
    [InlineData(408, "X", "y", 1)]
    public async Task TheWaitIsTheHubsOrOurs(int status, string header, string value, int seconds)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        Once(server, "GET config.json", _ => new HubReply(status).With(header, value));
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.Equal(seconds == 0 ? [] : [seconds], pull.Clock.Waits.Select(wait => wait.TotalSeconds));
    }

    [Theory]
    [InlineData(429, HubFailure.TooManyRequests)]
    [InlineData(500, HubFailure.Unreachable)]
    public async Task SixFailuresInARowAreEnough(int status, HubFailure failure)
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = request => request is { Method: "GET", File: Weights } ? new HubReply(status) : null;
        HubException e = await pull.RefusalAsync();
        Assert.Equal((failure, Weights, (HttpStatusCode)status), (e.Failure, e.File, e.Status));
        Assert.Equal([1, 2, 4, 8, 16], pull.Clock.Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task NobodyWaitsForHours()
    {
        await using var server = new HubServer(HubRepository.Single());
        using var pull = new HubPull(server);
        server.Script = _ => new HubReply(429).With("Retry-After", "3600");
        HubException e = await pull.RefusalAsync();
        Assert.Equal(HubFailure.TooManyRequests, e.Failure);
        Assert.Contains("asked again in 3600 s", e.Message, StringComparison.Ordinal);
        Assert.Empty(pull.Clock.Waits);
    }

    /// <summary>A line that brings something each time is slow, not dead.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FailuresWithBytesBetweenThemAreNotInARow(bool hasRanges)
    {
        await using var server = new HubServer(HubRepository.Single(3000)) { HasRanges = hasRanges };
        using var pull = new HubPull(server);
        int asked = 0;
        server.Script = request => request is { Method: "GET", File: Weights }
            ? server.Usual(request) is var reply
                ? reply with { Until = Math.Min(reply.Body.Length, hasRanges ? 100 : 200 * ++asked) } : null
            : null;
        await pull.RunAsync();
        pull.AssertHas(Files);
        Assert.InRange(pull.Clock.Waits.Count, 10, 40);
        Assert.All(pull.Clock.Waits, wait => Assert.Equal(TimeSpan.FromSeconds(1), wait));
    }

    /// <summary>Whatever breaks and whenever: the bytes are right in the end.</summary>
    [Fact]
    public async Task ALineThatBreaksAtRandomBringsTheRightBytes()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            await using var server = new HubServer(HubRepository.Sharded()) { HasRanges = seed % 3 > 0 };
            using var pull = new HubPull(server) { Connections = 1 + (seed % 4) };
            var random = new Random(seed);
            var broken = new Dictionary<string, int>();
            server.Script = request =>
            {
                lock (broken)
                {
                    string what = $"{request.Method} {request.Path}";
                    if (broken.GetValueOrDefault(what) >= 2 || random.Next(3) > 0) return null;
                    broken[what] = broken.GetValueOrDefault(what) + 1;
                    HubReply reply = server.Usual(request);
                    return random.Next(4) switch
                    {
                        0 => new HubReply(500 + random.Next(5)),
                        1 => reply with { Until = random.Next(reply.Body.Length + 1), IsReset = true },
                        2 when request.Method == "GET" && request.File is not null =>
                            reply with { Until = random.Next(reply.Body.Length + 1), IsEndless = true },
                        _ => reply with { Until = random.Next(reply.Body.Length + 1) },
                    };
                }
            };
            await pull.RunAsync();
            Assert.Equal(
                server.Repository.Files["b.safetensors"],
                await File.ReadAllBytesAsync(
                    Path.Combine(pull.Snapshot, "b.safetensors"), TestContext.Current.CancellationToken));
        }
    }

    private static void Once(HubServer server, string which, Func<HubReply, HubReply> fault)
    {
        int left = 1;
        server.Script = request =>
        {
            string what = request.File is null ? "listing" : $"{request.Method} {request.File}";
            return what == which && Interlocked.Decrement(ref left) == 0 ? fault(server.Usual(request)) : null;
        };
    }
}
