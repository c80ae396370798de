using Microsoft.Extensions.AI;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PlannedDiffusion.Engine;

namespace Service;

/// <summary>Answers all questions at the same time, each before its deadline, and stops the host.</summary>
internal sealed partial class Worker(
    IChatClient client, Questions questions, IOptions<ServiceOptions> options,
    IHostApplicationLifetime lifetime, ILogger<Worker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bool[] answered = await Task.WhenAll(questions.All.Select(question => AnswerAsync(question, stoppingToken)));
        if (answered.Contains(false)) Environment.ExitCode = 1;
        lifetime.StopApplication();
    }

    /// <summary>False if there is none: the deadline passed, or the engine refused the question.</summary>
    private async Task<bool> AnswerAsync(string question, CancellationToken stopping)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        cancellation.CancelAfter(options.Value.Deadline);
        try
        {
            ChatResponse response = await client.GetResponseAsync(question, null, cancellation.Token);
            var result = (GenerationResult)response.RawRepresentation!;
            LogAnswer(question, response.Text, result.CriticalPath.Passes.Length);
            return true;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            LogLate(question, options.Value.Deadline);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailure(question, failure.Message);
        }

        return false;
    }

    [LoggerMessage(1, LogLevel.Information, "{Question}\n{Answer} ({Passes} passes)")]
    private partial void LogAnswer(string question, string answer, int passes);

    [LoggerMessage(2, LogLevel.Warning, "{Question}\nNo answer within {Deadline}.")]
    private partial void LogLate(string question, TimeSpan deadline);

    [LoggerMessage(3, LogLevel.Warning, "{Question}\nNo answer: {Reason}")]
    private partial void LogFailure(string question, string reason);
}
