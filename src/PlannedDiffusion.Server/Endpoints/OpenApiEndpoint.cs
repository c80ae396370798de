using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Server.Requests;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>
/// <c>/openapi/v1.json</c>: the description of all endpoints. It is written by hand, since fields that may have several
/// types say little by their types in C#; a test holds it to the types on the wire.
/// </summary>
internal static class OpenApiEndpoint
{
    /// <summary>The name of the resource.</summary>
    public const string Resource = "openapi.json";

    public static async Task GetAsync(HttpContext http, RequestOrigin origin)
    {
        await using Stream document = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream(Resource)!;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = document.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await document.CopyToAsync(http.Response.Body, http.RequestAborted).ConfigureAwait(false);
    }
}
