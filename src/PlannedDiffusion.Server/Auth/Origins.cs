using Microsoft.AspNetCore.Http;

namespace PlannedDiffusion.Server.Auth;

/// <summary>Web pages of other servers that may use this one (CORS); none unless configured.</summary>
/// <param name="allowed">Their origins, such as <c>https://example.com</c>; <c>*</c> for any.</param>
internal sealed class Origins(IEnumerable<string> allowed)
{
    private readonly HashSet<string> _allowed = new(allowed, StringComparer.OrdinalIgnoreCase);

    /// <summary>Lets the page that sends the request read the answer, if it may.</summary>
    public void Admit(HttpContext http)
    {
        string origin = http.Request.Headers.Origin.ToString();
        if (_allowed.Count == 0 || origin.Length == 0) return;
        IHeaderDictionary headers = http.Response.Headers;
        headers.Append("Vary", "Origin");
        if (!_allowed.Contains(origin) && !_allowed.Contains("*")) return;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = "x-request-id, x-pd-seed, x-pd-load, retry-after, retry-after-ms";
        if (!HttpMethods.IsOptions(http.Request.Method)) return;
        headers.AccessControlAllowMethods = "GET, POST";
        headers.AccessControlAllowHeaders = http.Request.Headers.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = "600";
    }
}
