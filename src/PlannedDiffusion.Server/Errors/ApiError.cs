namespace PlannedDiffusion.Server.Errors;

/// <summary>An answer that is an error, in the words of OpenAI's API.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">The kind of error.</param>
/// <param name="Code">A word for programs; null for none.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Param">The field of the request that is wrong; null for none.</param>
internal sealed record ApiError(int Status, string Type, string? Code, string Message, string? Param = null)
{
    private const string InvalidRequest = "invalid_request_error";
    private const string Server = "server_error";

    /// <summary>When the same request may be sent again, 1 to 60 s; null if that does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True to ask clients that retry by themselves not to.</summary>
    public bool IsFinal { get; init; }

    /// <summary>A field is missing, has the wrong type, or is outside its range.</summary>
    public static ApiError Invalid(string? param, string message, string? code = null) =>
        new(400, InvalidRequest, code, message, param);

    /// <summary>A field asks for what the model cannot do.</summary>
    public static ApiError Unsupported(string? param, string message) => Invalid(param, message, "unsupported_value");

    public static ApiError PromptTooLong(string param, string message) =>
        Invalid(param, message, "context_length_exceeded");

    public static ApiError BadKey(string message) => new(401, InvalidRequest, "invalid_api_key", message);

    public static ApiError Forbidden(string code, string message) => new(403, InvalidRequest, code, message);

    public static ApiError NoSuchModel(string model) =>
        new(404, InvalidRequest, "model_not_found", $"There is no model {model} here; see /v1/models.", "model");

    public static ApiError NoSuchPath(string path) =>
        new(404, InvalidRequest, "not_found", $"There is nothing at {path}.");

    public static ApiError NoSuchMethod(string method, string path) =>
        new(405, InvalidRequest, "method_not_allowed", $"{path} does not take {method}.");

    public static ApiError BodyTooLarge(long limit) =>
        new(413, InvalidRequest, "body_too_large", $"The body has more than {limit} bytes.");

    public static ApiError NotJson() =>
        new(415, InvalidRequest, "unsupported_media_type", "The content type must be application/json.");

    public static ApiError QueueFull(string message, TimeSpan retryAfter) =>
        new(429, "rate_limit_error", "queue_full", message) { RetryAfter = retryAfter };

    public static ApiError Unavailable(string code, string message, TimeSpan retryAfter) =>
        new(503, Server, code, message) { RetryAfter = retryAfter };

    public static ApiError DeadlinePassed(string message) =>
        new(504, Server, "deadline_exceeded", message) { IsFinal = true };

    /// <summary>The model wrote what it may not.</summary>
    public static ApiError ModelFailed(string message) => new(500, Server, "model_error", message);

    /// <summary>What is wrong is nobody's business but the log's.</summary>
    public static ApiError Internal() => new(500, Server, "internal_error", "The server met an error.");
}
