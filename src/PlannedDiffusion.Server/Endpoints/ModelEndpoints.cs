using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PlannedDiffusion.Server.Models;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary><c>/v1/models</c>: 503 until a model is loaded, which start-up probes ask.</summary>
internal sealed class ModelEndpoints(ServedModels models)
{
    public Task ListAsync(HttpContext http, RequestOrigin origin)
    {
        foreach (ServedModel model in models.All) model.Engine();
        return JsonAnswer.WriteAsync(
            http, new ModelList([.. models.All.Select(Describe)]), WireJson.Own.ModelList);
    }

    public Task GetAsync(HttpContext http, RequestOrigin origin)
    {
        // A slash of the name may come escaped, and then stays so.
        ServedModel model = models.Find(Uri.UnescapeDataString(http.GetRouteValue("id") as string ?? ""));
        model.Engine();
        return JsonAnswer.WriteAsync(http, Describe(model), WireJson.Own.ModelObject);
    }

    private static ModelObject Describe(ServedModel model) => new(model.Id, model.Created);
}
