using System.Diagnostics;
using System.Globalization;
using System.Text;
using PlannedDiffusion.Server.Tests;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Load.Tests;

/// <summary>vllm#24885: SIGTERM broke off what was running. <c>pd serve</c>, as a process, ends it first.</summary>
public sealed class SignalIncidentTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SigtermBreaksNoAnswerOff()
    {
        using Process server = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "pd.dll"), "serve", "--urls", "http://127.0.0.1:0",
                "--model", Repository.PathTo("models", "demo"), "--device", "cpu", "--threads", "1",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            using var client = new HttpClient { BaseAddress = await ListensAt(server) };
            using var content = new StringContent(Chats.Body(900, stream: true), Encoding.UTF8, "application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content };
            using HttpResponseMessage response =
                await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
            Signal(server, "TERM"); // its first bytes are here, its last ones seconds away
            string text = (await response.ChunksAsync()).StreamedText();
            Assert.NotEmpty(text);
            await server.WaitForExitAsync(Cancellation);
            string told = await server.StandardError.ReadToEndAsync(Cancellation);
            Assert.Contains("draining", told, StringComparison.Ordinal);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }

    /// <summary>The address, once the model is loaded.</summary>
    private static async Task<Uri> ListensAt(Process server)
    {
        Uri? address = null;
        while (await server.StandardOutput.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.StartsWith("listening", StringComparison.Ordinal)) address = new Uri(line.Split(' ')[^1]);
            if (line.StartsWith("try", StringComparison.Ordinal) && address is not null) return address;
        }

        throw new InvalidOperationException(await server.StandardError.ReadToEndAsync(Cancellation));
    }

    private static void Signal(Process process, string signal)
    {
        // The shell's own kill: a program of that name is not everywhere.
        using Process kill = Process.Start(
            "sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -s {signal} {process.Id}")]);
        kill.WaitForExit();
    }
}
