using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>No text of a request is in logs, metrics or traces unless asked for.</summary>
public sealed class ContentInLogsTests
{
    private const string Secret = "xylophone";

    private static readonly string[] Bodies =
    [
        $$"""{"messages":[{"role":"user","content":"{{Secret}}"}],"max_tokens":40}""",
        $$"""{"messages":[{"role":"user","content":"{{Secret}}"}],"max_tokens":40,"stream":true}""",
        $$"""{"messages":[{"role":"{{Secret}}","content":"{{Secret}}"}]}""",
        $$"""{"messages":[{"role":"user","content":"{{Secret}}"}],"stop":[7]}""",
        $$"""{"messages":[{"role":"user","content":"{{Secret}}"}],{{Secret}}""",
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task APromptIsNowhereUnlessAskedFor(bool asked)
    {
        var log = new Lines();
        var traces = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("PlannedDiffusion", StringComparison.Ordinal)
                || source.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => traces.Enqueue(
                activity.DisplayName + activity.StatusDescription + string.Concat(activity.TagObjects)
                + string.Concat(activity.Events.SelectMany(happened => happened.Tags))),
        };
        ActivitySource.AddActivityListener(listener);
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(
            options => options.LogContent = asked,
            build: builder => builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace));
        foreach (string body in Bodies)
        {
            using HttpResponseMessage response = await server.ChatAsync(body);
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }

        string metrics = await server.Client.GetStringAsync(
            new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("gen_ai_server_request_duration", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, metrics, StringComparison.Ordinal);
        Assert.NotEmpty(traces);
        Assert.All(traces, trace => Assert.DoesNotContain(Secret, trace, StringComparison.Ordinal));
        Assert.NotEmpty(log.All);
        Assert.Equal(asked, log.All.Any(line => line.Contains(Secret, StringComparison.Ordinal)));
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            All.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
