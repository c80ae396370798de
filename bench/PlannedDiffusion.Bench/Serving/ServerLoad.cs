using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Serving;

/// <summary>Loads a server through HTTP.</summary>
internal sealed class ServerLoad(ServerChild server, IReadOnlyList<string> questions, string options)
{
    private const int CapacityClients = 8;

    private readonly string[] _bodies = [.. questions.Select(Body)];

    private int _asked;

    /// <summary>Offers twice what the server answers, for a while.</summary>
    public async Task<OverloadReport> OverloadAsync(TimeSpan time, CancellationToken cancellation)
    {
        double capacity = await CapacityAsync(cancellation);
        var empty = new List<TimeSpan>();
        for (int i = 0; i < 300; i++) empty.Add((await SendAsync("{}", cancellation)).Time);
        (long memory, int handles) = (server.Memory, server.Handles);
        var replies = new ConcurrentBag<Reply>();
        var pending = new List<Task>();
        long start = Stopwatch.GetTimestamp();
        for (int sent = 0; Stopwatch.GetElapsedTime(start) < time; sent++)
        {
            TimeSpan due = TimeSpan.FromSeconds(sent / (2 * capacity)) - Stopwatch.GetElapsedTime(start);
            if (due > TimeSpan.FromMilliseconds(1)) await Task.Delay(due, cancellation);
            pending.Add(NoteAsync(replies, cancellation));
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await Task.WhenAll(pending);
        Reply[] refused = [.. replies.Where(reply => reply.Status == (int)HttpStatusCode.TooManyRequests)];
        Reply[] answered = [.. replies.Where(reply => reply.Status == (int)HttpStatusCode.OK)];
        return new OverloadReport(
            "serve-overload", ReportFile.Origin(Environment.ProcessorCount), options, Math.Round(seconds, 1),
            Math.Round(capacity, 2), Math.Round(pending.Count / seconds, 2), pending.Count, answered.Length,
            refused.Length, refused.Count(reply => !reply.Retries),
            replies.Except(refused).Except(answered).GroupBy(reply => $"{reply.Status}")
                .ToDictionary(group => group.Key, group => group.Count()),
            Quantiles.Of(refused.Select(reply => reply.Time)), Quantiles.Of(empty),
            Quantiles.Of(answered.Select(reply => reply.Time)), memory, server.Memory, handles, server.Handles);
    }

    /// <summary>Asks without a pause, and looks at memory and handles every few seconds.</summary>
    public async Task<SoakReport> SoakAsync(TimeSpan time, int clients, CancellationToken cancellation)
    {
        await CapacityAsync(cancellation);
        int answered = 0, failed = 0;
        long start = Stopwatch.GetTimestamp();
        Task[] all = [.. Enumerable.Range(0, clients).Select(_ => Task.Run(
            async () =>
            {
                while (Stopwatch.GetElapsedTime(start) < time)
                {
                    Reply reply = await SendAsync(NextBody(), cancellation);
                    if (reply.Status == (int)HttpStatusCode.OK) Interlocked.Increment(ref answered);
                    else Interlocked.Increment(ref failed);
                }
            },
            cancellation))];
        var samples = new List<SoakSample>();
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            samples.Add(new SoakSample(
                Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1), server.Memory, server.Handles,
                Volatile.Read(ref answered)));
            await Task.Delay(time / 60, cancellation);
        }

        await Task.WhenAll(all);
        SoakSample[][] thirds = [.. samples.Chunk(Math.Max(1, (samples.Count + 2) / 3))];
        double growth = thirds.Length < 3 ? 1 : thirds[2].Average(one => (double)one.Memory) / thirds[1].Average(
            one => (double)one.Memory);
        return new SoakReport(
            "serve-soak", ReportFile.Origin(Environment.ProcessorCount), options, Math.Round(time.TotalMinutes, 2),
            clients, answered, failed, Math.Round(growth, 4), samples[samples.Count / 3].Handles, samples[^1].Handles,
            samples);
    }

    /// <summary>Answers a second with a few clients, after a warm-up.</summary>
    private async Task<double> CapacityAsync(CancellationToken cancellation)
    {
        await AskAsync(TimeSpan.FromSeconds(2));
        long start = Stopwatch.GetTimestamp();
        int answers = await AskAsync(TimeSpan.FromSeconds(8));
        return answers / Stopwatch.GetElapsedTime(start).TotalSeconds;

        async Task<int> AskAsync(TimeSpan time)
        {
            long begun = Stopwatch.GetTimestamp();
            int[] asked = await Task.WhenAll(Enumerable.Range(0, CapacityClients).Select(async _ =>
            {
                int own = 0;
                for (; Stopwatch.GetElapsedTime(begun) < time; own++) await SendAsync(NextBody(), cancellation);
                return own;
            }));
            return asked.Sum();
        }
    }

    private static string Body(string question) => new JsonObject
    {
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }),
    }.ToJsonString();

    private string NextBody() => _bodies[Interlocked.Increment(ref _asked) % _bodies.Length];

    private async Task NoteAsync(ConcurrentBag<Reply> replies, CancellationToken cancellation) =>
        replies.Add(await SendAsync(NextBody(), cancellation));

    private async Task<Reply> SendAsync(string body, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using HttpResponseMessage response =
                await server.Client.PostAsync("v1/chat/completions", content, cancellation);
            await response.Content.ReadAsByteArrayAsync(cancellation);
            return new Reply(
                (int)response.StatusCode, Stopwatch.GetElapsedTime(start), response.Headers.RetryAfter is not null);
        }
        catch (HttpRequestException)
        {
            return new Reply(0, Stopwatch.GetElapsedTime(start), false);
        }
    }

    private readonly record struct Reply(int Status, TimeSpan Time, bool Retries);
}
