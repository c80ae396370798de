using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Requests;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>A line for each request: no text of it, unless the options ask for that.</summary>
internal sealed partial class RequestLog(
    PlannedDiffusionServerOptions options, TimeProvider clock, ILogger<RequestLog> log)
{
    /// <summary>A request was answered, with an error perhaps. Probes ask often, and say little.</summary>
    public void Answered(HttpContext http, bool isProbe, int status, long start)
    {
        (string method, string path, double milliseconds) = Line(http, start);
        WriteAnswered(log, isProbe ? LogLevel.Debug : LogLevel.Information, method, path, status, milliseconds);
    }

    /// <summary>The client was gone before the answer.</summary>
    public void Abandoned(HttpContext http, long start)
    {
        (string method, string path, double milliseconds) = Line(http, start);
        WriteAbandoned(log, method, path, milliseconds);
    }

    /// <summary>An answer that had begun ended with an error.</summary>
    public void Broken(HttpContext http, long start)
    {
        (string method, string path, double milliseconds) = Line(http, start);
        WriteBroken(log, method, path, milliseconds);
    }

    /// <summary>The server has a fault. The exception's message may quote a prompt, and is left out.</summary>
    public void Failed(HttpContext http, Exception failure)
    {
        (string method, string path, _) = Line(http, 0);
        string? type = failure.GetType().FullName, stack = failure.StackTrace;
        WriteFailed(log, method, path, type, stack);
    }

    /// <summary>The prompt, if asked for.</summary>
    public void Asked(GenerationCall call)
    {
        if (!options.LogContent) return;
        string text = PromptText.Of(call.Choices[0]);
        WritePrompt(log, text);
    }

    /// <summary>The answers, if asked for.</summary>
    public void Told(IEnumerable<GenerationResult> results)
    {
        if (!options.LogContent) return;
        string text = string.Join("\n", results.Select(result => result.Text));
        WriteAnswer(log, text);
    }

    private (string Method, string Path, double Milliseconds) Line(HttpContext http, long start) =>
        (http.Request.Method, http.Request.Path, clock.GetElapsedTime(start).TotalMilliseconds);

    [LoggerMessage(Message = "{Method} {Path} {Status} in {Milliseconds:0} ms")]
    private static partial void WriteAnswered(
        ILogger log, LogLevel level, string method, string path, int status, double milliseconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path} abandoned after {Milliseconds:0} ms")]
    private static partial void WriteAbandoned(ILogger log, string method, string path, double milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path} broken off after {Milliseconds:0} ms")]
    private static partial void WriteBroken(ILogger log, string method, string path, double milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed with {Type}\n{Stack}")]
    private static partial void WriteFailed(ILogger log, string method, string path, string? type, string? stack);

    [LoggerMessage(Level = LogLevel.Information, Message = "Prompt: {Text}")]
    private static partial void WritePrompt(ILogger log, string text);

    [LoggerMessage(Level = LogLevel.Information, Message = "Answer: {Text}")]
    private static partial void WriteAnswer(ILogger log, string text);
}
