using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Models;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary><c>/v1/responses</c>.</summary>
internal sealed class ResponsesEndpoints(
    PlannedDiffusionServerOptions options, ServedModels models, AnswerRunner runner, TimeProvider clock)
{
    public async Task AnswerAsync(HttpContext http, RequestOrigin origin)
    {
        ResponsesBody body =
            await JsonBody.ReadAsync(http, WireJson.Own.ResponsesBody, options.MaxBodyBytes).ConfigureAwait(false);
        ServedModel model = models.Find(body.Model);
        GenerationCall call = ResponsesMapping.Of(body, origin, options);
        PlannedDiffusionEngine engine = model.Engine();
        WireIdentity identity = WireIdentity.New("resp", model, engine, clock.GetUtcNow());
        identity = identity with { Id = identity.Id.Replace('-', '_') };
        var format = new ResponsesFormat(call, identity, body.Instructions, body.MaxOutputTokens, clock);
        await runner.RunAsync(http, call, model, engine, format).ConfigureAwait(false);
    }
}
