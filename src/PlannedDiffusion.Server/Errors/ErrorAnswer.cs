using System.Globalization;
using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Errors;

/// <summary>Writes an error as the answer to a request.</summary>
internal static class ErrorAnswer
{
    /// <summary>Writes status, headers and the error object; the answer must not have begun.</summary>
    public static Task WriteAsync(HttpContext http, ApiError error)
    {
        HttpResponse response = http.Response;
        response.StatusCode = error.Status;
        response.Headers.CacheControl = "no-store";
        if (error.RetryAfter is { } time)
        {
            int seconds = (int)Math.Clamp(Math.Ceiling(time.TotalSeconds), 1, 60);
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            response.Headers["retry-after-ms"] = (1000 * seconds).ToString(CultureInfo.InvariantCulture);
        }

        if (error.IsFinal) response.Headers["x-should-retry"] = "false";
        if (error.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        return JsonAnswer.WriteAsync(http, Body(error), WireJson.Own.ErrorBody);
    }

    /// <summary>The error object.</summary>
    public static ErrorBody Body(ApiError error) =>
        new(new ErrorDetail(error.Message, error.Type, error.Param, error.Code));
}
