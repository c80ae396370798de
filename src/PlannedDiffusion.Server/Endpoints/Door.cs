using System.Globalization;
using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Server.Auth;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Sse;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>Who may use an endpoint.</summary>
internal enum Access
{
    /// <summary>Whoever reaches the server.</summary>
    Open,

    /// <summary>Whoever has one of the server's keys.</summary>
    Keyed,

    /// <summary>Whoever has the key of the administration.</summary>
    Admin,
}

/// <summary>
/// What all endpoints have in common: who may come in, and that every error is an error object. It stands before each
/// endpoint by itself, so that an application that hosts them keeps its own rules for its own endpoints.
/// </summary>
internal sealed class Door(
    Visitors visitors, Origins origins, ApiKeys keys, ApiKeys admin, TimeProvider clock, RequestLog log)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>An endpoint behind the door.</summary>
    /// <param name="access">Who may use it.</param>
    /// <param name="handle">The endpoint. Its exceptions become error answers.</param>
    public RequestDelegate Guard(
        Access access, Func<HttpContext, RequestOrigin, Task> handle) => async http =>
    {
        long start = clock.GetTimestamp();
        try
        {
            http.Response.Headers["x-request-id"] = $"req_{Guid.NewGuid():N}";
            visitors.CheckHost(http);
            origins.Admit(http);
            string? share = access switch
            {
                Access.Open => null,
                Access.Keyed => CheckKey(http),
                _ => CheckAdmin(http),
            };
            await handle(http, new RequestOrigin(share, Timeout(http.Request))).ConfigureAwait(false);
            log.Answered(http, access == Access.Open, http.Response.StatusCode, start);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            log.Abandoned(http, start); // nobody reads an answer
        }
        catch (Exception e) when (http.Response.HasStarted)
        {
            log.Broken(http, start);
            if (e is BrokenStreamException) throw;
            log.Failed(http, e);
            throw new BrokenStreamException();
        }
        catch (Exception e)
        {
            ApiError error = ErrorMapping.Of(e);
            if (error.Status == StatusCodes.Status500InternalServerError) log.Failed(http, e);
            await ErrorAnswer.WriteAsync(http, error).ConfigureAwait(false);
            log.Answered(http, access == Access.Open, error.Status, start);
        }
    };

    private string? CheckKey(HttpContext http)
    {
        visitors.CheckOrigin(http, keys);
        return keys.Check(http.Request);
    }

    private string? CheckAdmin(HttpContext http) => admin.AreNeeded
        ? admin.Check(http.Request)
        : throw new ApiException(ApiError.Forbidden("admin_disabled", "The server has no key for administration."));

    /// <summary>The time after which an OpenAI client gives up; 0 stands for less than a second.</summary>
    private static TimeSpan? Timeout(HttpRequest request)
    {
        string header = request.Headers["X-Stainless-Timeout"].ToString();
        bool isNumber = double.TryParse(header, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds);
        return isNumber && seconds > 0 && seconds <= Day.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }
}
