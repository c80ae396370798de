using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Requests;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>Answers what no endpoint takes: an unknown path, or a method that a path does not take.</summary>
internal sealed class UnknownPaths
{
    private readonly List<(string Path, string Method)> _known = [];

    /// <summary>Remembers an endpoint.</summary>
    public void Add(string path, string method) => _known.Add((path, method));

    public Task HandleAsync(HttpContext http, RequestOrigin origin)
    {
        if (HttpMethods.IsOptions(http.Request.Method) && http.Response.Headers.AccessControlAllowOrigin.Count > 0)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent; // a browser asks before it sends
            return Task.CompletedTask;
        }

        string path = http.Request.Path;
        string[] methods = [.. _known.Where(one => Matches(one.Path, path)).Select(one => one.Method)];
        if (methods.Length == 0) throw new ApiException(ApiError.NoSuchPath(path));
        http.Response.Headers.Allow = string.Join(", ", methods);
        throw new ApiException(ApiError.NoSuchMethod(http.Request.Method, path));
    }

    private static bool Matches(string pattern, string path)
    {
        int place = pattern.IndexOf('{', StringComparison.Ordinal);
        return place < 0
            ? path.TrimEnd('/').Equals(pattern, StringComparison.OrdinalIgnoreCase)
            : path.Length > place && path.StartsWith(pattern[..place], StringComparison.OrdinalIgnoreCase);
    }
}
