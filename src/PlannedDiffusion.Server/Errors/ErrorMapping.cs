using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Server.Errors;

/// <summary>Exceptions of the engine, and of reading a request, as error answers.</summary>
internal static class ErrorMapping
{
    /// <summary>How long a server that loads, drains or has failed asks clients to wait.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>The fields of the engine's options by their names on the wire.</summary>
    private static readonly Dictionary<string, string> WireNames = new(StringComparer.Ordinal)
    {
        ["Temperature"] = "temperature",
        ["TopP"] = "top_p",
        ["TopK"] = "top_k",
        ["StopStrings"] = "stop",
        ["MaxNewTokens"] = "max_tokens",
        ["Priority"] = "planned.priority",
        ["Deadline"] = "X-Stainless-Timeout",
        ["Decoding.StepsRatio"] = "planned.steps_ratio",
        ["Decoding.Unmasking.Threshold"] = "planned.threshold",
    };

    /// <summary>The answer to a request that ended with an exception.</summary>
    /// <param name="failure">The exception.</param>
    /// <param name="prompt">The name of the field that has the prompt.</param>
    public static ApiError Of(Exception failure, string prompt = "messages") => failure switch
    {
        ApiException { Error: var error } => error,
        EngineOverloadedException { RetryAfter: var time } => ApiError.QueueFull(failure.Message, time),
        EngineDrainingException => ApiError.Unavailable("draining", failure.Message, Pause),
        EngineFaultedException =>
            ApiError.Unavailable("faulted", "The engine has failed; it is loaded again.", Pause),
        ObjectDisposedException => ApiError.Unavailable("draining", "The server is shutting down.", Pause),
        RequestDeadlineException => ApiError.DeadlinePassed(failure.Message),
        PromptTooLongException or RunnerCapacityException => ApiError.PromptTooLong(prompt, failure.Message),
        BadHttpRequestException bad => ApiError.Invalid(null, bad.Message, BodyCode(bad)) with
        {
            Status = bad.StatusCode,
        },
        NotSupportedException or TokenizerException => ApiError.Unsupported(null, failure.Message),
        PlanFormatException or BrokenLogitsException => ApiError.ModelFailed(failure.Message),
        ArgumentException argument => Refused(argument, prompt),
        _ => ApiError.Internal(),
    };

    /// <summary>The web server has a limit of its own for bodies.</summary>
    private static string? BodyCode(BadHttpRequestException bad) =>
        bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? "body_too_large" : null;

    /// <summary>A refusal in the engine's words, with the wire's names.</summary>
    private static ApiError Refused(ArgumentException refusal, string prompt)
    {
        string message = refusal.Message;
        if (refusal.ParamName is { } parameter)
            message = message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal);
        foreach ((string name, string wire) in WireNames)
        {
            if (refusal.ParamName != name && !message.StartsWith($"{name} ", StringComparison.Ordinal)) continue;
            return ApiError.Invalid(wire, message.Replace(name, wire, StringComparison.Ordinal));
        }

        bool isPlan = message.StartsWith("Plan", StringComparison.Ordinal);
        return ApiError.Invalid(isPlan ? "planned.plan" : prompt, message);
    }
}
