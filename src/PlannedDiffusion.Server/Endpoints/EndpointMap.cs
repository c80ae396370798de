using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PlannedDiffusion.Server.Requests;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>Maps endpoints behind the door, and at the end what no endpoint takes.</summary>
internal sealed class EndpointMap(IEndpointRouteBuilder endpoints, Door door)
{
    private readonly UnknownPaths _unknown = new();

    public void Get(string path, Access access, Func<HttpContext, RequestOrigin, Task> handle, int order = 0)
    {
        endpoints.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], door.Guard(access, handle)).WithOrder(order);
        _unknown.Add(path, HttpMethods.Get);
    }

    public void Post(string path, Access access, Func<HttpContext, RequestOrigin, Task> handle)
    {
        endpoints.MapPost(path, door.Guard(access, handle));
        _unknown.Add(path, HttpMethods.Post);
    }

    /// <summary>Maps what is left below the paths of the server, or everywhere.</summary>
    public void Rest(bool everyPath)
    {
        RequestDelegate answer = door.Guard(Access.Open, _unknown.HandleAsync);
        if (everyPath)
        {
            endpoints.Map("/{**path}", answer).WithOrder(2); // behind everything else
            return;
        }

        foreach (string root in (string[])["/v1", "/health", "/metrics", "/openapi", "/admin"])
            endpoints.Map($"{root}/{{**path}}", answer);
    }
}
