using System.Net;
using System.Text;
using PlannedDiffusion.Cli;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Serve;

/// <summary><c>pd serve</c>: what it prints, whom it serves, and how it ends.</summary>
public sealed class ServeCommandTests
{
    private const string Chat = """{"messages":[{"role":"user","content":"What is gold?"}],"max_tokens":4}""";

    public ServeCommandTests() => Assert.SkipWhen(
        Type.GetType("Microsoft.AspNetCore.Builder.WebApplication, Microsoft.AspNetCore") is null,
        "There is no ASP.NET Core here; the bundle for a GPU machine has the runtime alone.");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ItSaysHowToAskAndAnswersUntilItIsInterrupted()
    {
        await using var served = await Served.StartAsync("--served-model-name", "mine");
        string[] lines = served.Out.Split('\n');
        Assert.Equal($"listening  {served.Address}", lines[0].TrimEnd('/'));
        Assert.StartsWith("model      mine  (", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("device     cpu", lines[2], StringComparison.Ordinal);
        Assert.Matches("^memory     .*B, with room for 2 requests of 1024 tokens$", lines[3]);
        Assert.StartsWith(
            $"try        curl {served.Address}/v1/chat/completions -H", lines[4], StringComparison.Ordinal);
        using HttpResponseMessage answer = await served.PostAsync("/v1/chat/completions", Chat);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(
            "\"model\":\"mine\"", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        using HttpResponseMessage missing = await served.PostAsync("/nothing", Chat);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal(Application.Success, await served.StopAsync());
        Assert.Contains("draining", served.Error, StringComparison.Ordinal);
        Assert.Contains("POST /v1/chat/completions 200 in ", served.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("gold", served.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeysOfAFileAreAskedFor()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("keys");
        await File.WriteAllTextAsync(file, "# ours\n\n first \nsecond\n", Cancellation);
        await using var served = await Served.StartAsync("--api-key-file", file);
        Assert.Contains("Bearer $KEY", served.Out, StringComparison.Ordinal);
        using HttpResponseMessage without = await served.PostAsync("/v1/chat/completions", Chat);
        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        foreach (string key in (string[])["first", "second"])
        {
            using HttpResponseMessage answer = await served.PostAsync("/v1/chat/completions", Chat, key);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.DoesNotContain("first", served.Error + served.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnInterruptionLetsAnswersEnd()
    {
        const string Stream = """{"messages":[{"role":"user","content":"What is gold?"}],"stream":true}""";
        await using var served = await Served.StartAsync();
        using HttpResponseMessage answer = await served.PostAsync("/v1/chat/completions", Stream);
        Task<int> stopped = served.StopAsync();
        Assert.EndsWith(
            "data: [DONE]\n\n", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(Application.Success, await stopped);
    }

    [Fact]
    public async Task AModelThatCannotBeLoadedEndsIt()
    {
        using var folder = new TemporaryDirectory();
        folder.Write("config.json", "{}"u8);
        CliRun run = await CliRun.Of("serve", "--urls", "http://127.0.0.1:0", "--model", folder.Path);
        Assert.Equal(Application.Failure, run.Code);
        string last = run.Error.TrimEnd('\n').Split('\n')[^1];
        Assert.Matches("^pd: .*config.json: model_type is missing$", last);
    }

    [Theory]
    [InlineData("--api-key-file", "--urls", "http://0.0.0.0:0")]
    [InlineData("--api-key-file", "--urls", "http://[::]:0")]
    [InlineData("--api-key-file", "--urls", "http://10.1.2.3:8080")]
    [InlineData("--api-key-file", "--urls", "http://*:8080")]
    [InlineData("--api-key-file", "--urls", "http://example.com")]
    [InlineData("http://HOST:PORT", "--urls", "https://localhost:8080")]
    [InlineData("http://HOST:PORT", "--urls", "localhost:8080")]
    [InlineData("--max-queue must be at least 0", "--max-queue", "-1")]
    [InlineData("--max-active must be at least 1", "--max-active", "0")]
    [InlineData("--max-sequences must be at least 1", "--max-sequences", "0")]
    [InlineData("--deadline must be at least 1", "--deadline", "0")]
    [InlineData("no such folder", "--model", "no/such/folder")]
    public async Task WrongUsageIsOneLine(string part, params string[] options) =>
        (await CliRun.Of(["serve", .. options])).AssertFails(Application.Usage, part);

    [Fact]
    public async Task AFileWithoutAKeyIsRefused()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("keys");
        await File.WriteAllTextAsync(file, "# none\n", Cancellation);
        (await CliRun.Of("serve", "--api-key-file", file)).AssertFails(Application.Usage, "has no key");
        (await CliRun.Of("serve", "--api-key-file", folder.File("none"))).AssertFails(Application.Failure, "none");
    }

    [Fact]
    public async Task ATakenAddressIsOneLine()
    {
        await using var served = await Served.StartAsync();
        (await CliRun.Of("serve", "--urls", served.Address.ToString())).AssertFails(
            Application.Failure, "address already in use");
    }

    /// <summary>A server of the command on a free port, and a client of it.</summary>
    private sealed class Served : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = new();
        private readonly Lines _out = new(), _error = new();
        private readonly HttpClient _client = new();
        private Task<int> _run = null!;

        public string Out => _out.Text;

        public string Error => _error.Text;

        public string Address { get; private set; } = "";

        public static async Task<Served> StartAsync(params string[] options)
        {
            var served = new Served();
            Environment.SetEnvironmentVariable("PD_CUDA_DRIVER", CliRun.MissingDriver);
            var terminal = new Terminal(Stream.Null, served._out, served._error);
            string[] args =
                ["serve", "--urls", "http://127.0.0.1:0", "--threads", "1", "--max-sequences", "2", .. options];
            served._run = Application.RunAsync(
                PdCommand.Name, PdCommand.Create(terminal), args, terminal, served._ending.Token);
            await Task.WhenAny(served._run, served._out.Contains("try ")).WaitAsync(Cancellation);
            Assert.False(served._run.IsCompleted, served.Error);
            served.Address = served.Out.Split('\n')[0]["listening".Length..].Trim().TrimEnd('/');
            return served;
        }

        public Task<HttpResponseMessage> PostAsync(string path, string json, string? key = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, Address + path)
            {
                Content = new StringContent(json, Encoding.UTF8, "application/json"),
            };
            if (key is not null) request.Headers.Authorization = new("Bearer", key);
            return _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        }

        public async Task<int> StopAsync()
        {
            await _ending.CancelAsync();
            return await _run;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _client.Dispose();
            _ending.Dispose();
        }
    }

    /// <summary>A writer whose text may be awaited.</summary>
    private sealed class Lines : TextWriter
    {
        private readonly StringBuilder _text = new();
        private readonly TaskCompletionSource _found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private string? _awaited;

        public override Encoding Encoding => Encoding.UTF8;

        public string Text
        {
            get
            {
                lock (_text) return _text.ToString();
            }
        }

        public Task Contains(string part)
        {
            lock (_text) _awaited = part;
            Check();
            return _found.Task;
        }

        public override void Write(char value)
        {
            lock (_text) _text.Append(value);
            if (value == '\n') Check();
        }

        private void Check()
        {
            lock (_text)
            {
                if (_awaited is not null && _text.ToString().Contains(_awaited, StringComparison.Ordinal))
                    _found.TrySetResult();
            }
        }
    }
}
