using System.Globalization;
using System.Net;

namespace PlannedDiffusion.Hub;

/// <summary>What statuses mean, for a person: from the status, and the code that hubs add to it.</summary>
internal static class HubRefusals
{
    private const string Token = "HF_TOKEN", CodeHeader = "X-Error-Code", LimitHeader = "RateLimit";

    /// <summary>The failure that an answer is, which is no success.</summary>
    public static Exception Of(HttpResponseMessage response, HubTarget target, bool hasToken, TimeProvider clock)
    {
        HttpStatusCode status = response.StatusCode;
        string answers = string.Create(CultureInfo.InvariantCulture, $"answers {(int)status}");
        string? code = response.Headers.TryGetValues(CodeHeader, out IEnumerable<string>? codes)
            ? codes.FirstOrDefault() : null;
        return status switch
        {
            HttpStatusCode.TooManyRequests => Later(response, target, answers, clock),
            HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError =>
                target.Transient(answers, status, after: After(response, clock)),
            _ when code == "GatedRepo" => target.Failed(
                HubFailure.AccessDenied,
                $"{answers}: the terms on the model's page must be accepted first, by the owner of {Token}", status),
            HttpStatusCode.Unauthorized => target.Failed(
                HubFailure.AccessDenied,
                hasToken ? $"{answers}: no such model, or {Token} is not valid for it"
                    : $"{answers}: no such model, or it is private: then {Token} must be set",
                status),
            HttpStatusCode.Forbidden => target.Failed(
                HubFailure.AccessDenied,
                hasToken ? $"{answers}: {Token} may not read it" : $"{answers}: without {Token} it may not be read",
                status),
            HttpStatusCode.NotFound => target.Failed(
                HubFailure.NotFound, $"{answers}: {Missing(target, code)}", status),
            _ => target.Failed(HubFailure.BadAnswer, answers, status),
        };
    }

    private static string Missing(HubTarget target, string? code) => code switch
    {
        "RevisionNotFound" => $"the model has no revision {target.Model.Revision}",
        _ when target.File is not null => "there is no such file",
        _ => "there is no such model, or no such revision",
    };

    private static TransientException Later(
        HttpResponseMessage response, HubTarget target, string answers, TimeProvider clock)
    {
        TimeSpan? after = After(response, clock) ?? Reset(response);
        string more = after is { } wait
            ? string.Create(CultureInfo.InvariantCulture, $", and wants to be asked again in {wait.TotalSeconds:0} s")
            : "";
        return target.Transient($"{answers}: too many requests{more}", response.StatusCode, after: after);
    }

    /// <summary>Retry-After, which is a number of seconds or a date.</summary>
    private static TimeSpan? After(HttpResponseMessage response, TimeProvider clock)
    {
        TimeSpan? after = response.Headers.RetryAfter?.Delta
            ?? (response.Headers.RetryAfter?.Date is { } date ? date - clock.GetUtcNow() : null);
        return after < TimeSpan.Zero ? TimeSpan.Zero : after;
    }

    /// <summary>
    /// The seconds in a header such as <c>RateLimit: "api";r=0;t=173</c>, which some hubs send instead.
    /// </summary>
    private static TimeSpan? Reset(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues(LimitHeader, out IEnumerable<string>? values)) return null;
        string? seconds = values.SelectMany(value => value.Split(';')).Select(part => part.Trim())
            .FirstOrDefault(part => part.StartsWith("t=", StringComparison.Ordinal))?[2..];
        return int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? TimeSpan.FromSeconds(count) : null;
    }
}
