using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Models;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary><c>/v1/planned/stream</c>.</summary>
internal sealed class PlannedStreamEndpoints(
    PlannedDiffusionServerOptions options, ServedModels models, AnswerRunner runner, TimeProvider clock)
{
    public async Task StreamAsync(HttpContext http, RequestOrigin origin)
    {
        ChatBody body =
            await JsonBody.ReadAsync(http, WireJson.Own.ChatBody, options.MaxBodyBytes).ConfigureAwait(false);
        ServedModel model = models.Find(body.Model);
        if (body.N is not (null or 1))
            throw ApiException.Invalid("n", $"n is {body.N}; this endpoint streams one answer.");
        GenerationCall call = ChatMapping.Of(body with { Stream = true }, origin, options);
        PlannedDiffusionEngine engine = model.Engine();
        WireIdentity identity = WireIdentity.New("planned", model, engine, clock.GetUtcNow());
        await runner.RunAsync(http, call, model, engine, new PlannedStreamFormat(call, identity, engine))
            .ConfigureAwait(false);
    }
}
