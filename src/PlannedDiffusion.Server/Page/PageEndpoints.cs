using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace PlannedDiffusion.Server.Page;

/// <summary>
/// Serves the page: a handful of files from the assembly, so that it works in every application, ahead of time
/// compiled ones included. The files have no secrets and need no key.
/// </summary>
internal static class PageEndpoints
{
    /// <summary>
    /// The page loads nothing from elsewhere, has no script but its own files, and never makes markup from text.
    /// </summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'";

    private const string Index = "index.html";

    /// <summary>A path for each file, with what answers there; that of the page itself is the root.</summary>
    public static IEnumerable<(string Path, RequestDelegate Handle)> Routes => PageFile.All.Select(
        file => (file.Name == Index ? "/" : $"/{file.Name}", (RequestDelegate)(http => SendAsync(http, file))));

    private static async Task SendAsync(HttpContext http, PageFile file)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.ETag = file.Tag;
        headers.CacheControl = "no-cache"; // kept, but asked for each time: a new build is seen at once
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (IsKnown(http.Request, file.Tag))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        http.Response.ContentType = file.ContentType;
        http.Response.ContentLength = file.Content.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.Body.WriteAsync(file.Content, http.RequestAborted).ConfigureAwait(false);
    }

    private static bool IsKnown(HttpRequest request, string tag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out IList<EntityTagHeaderValue>? known)
        && known.Any(one => one.Tag == "*" || one.Tag == tag);
}
