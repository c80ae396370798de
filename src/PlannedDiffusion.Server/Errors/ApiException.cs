namespace PlannedDiffusion.Server.Errors;

/// <summary>Ends a request with an error answer.</summary>
internal sealed class ApiException(ApiError error) : Exception(error.Message)
{
    /// <summary>The answer.</summary>
    public ApiError Error => error;

    /// <summary>A field that is missing, has the wrong type, or is outside its range.</summary>
    public static ApiException Invalid(string? param, string message) => new(ApiError.Invalid(param, message));

    /// <summary>A field that asks for what the model cannot do.</summary>
    public static ApiException Unsupported(string? param, string message) => new(ApiError.Unsupported(param, message));
}
