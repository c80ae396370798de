using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Server.Models;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary><c>/admin/drain</c>: no new requests from now on; those that run or wait end.</summary>
internal sealed class AdminEndpoints(ServedModels models)
{
    public Task DrainAsync(HttpContext http, RequestOrigin origin)
    {
        foreach (ServedModel model in models.All) _ = model.DrainAsync();
        http.Response.StatusCode = StatusCodes.Status202Accepted;
        return JsonAnswer.WriteAsync(http, LoadReport.Of(models.All[0]), WireJson.Own.LoadAnswer);
    }

    /// <summary><c>/v1/loads</c>: the load of the model that the query names, or of the first one.</summary>
    public Task LoadsAsync(HttpContext http, RequestOrigin origin)
    {
        string? name = http.Request.Query["model"];
        return JsonAnswer.WriteAsync(http, LoadReport.Of(models.Find(name)), WireJson.Own.LoadAnswer);
    }
}
