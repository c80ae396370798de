using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Models;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary><c>/v1/chat/completions</c> and <c>/v1/completions</c>.</summary>
internal sealed class CompletionEndpoints(
    PlannedDiffusionServerOptions options, TimeProvider clock, ServedModels models, AnswerRunner runner)
{
    public async Task ChatAsync(HttpContext http, RequestOrigin origin)
    {
        ChatBody body =
            await JsonBody.ReadAsync(http, WireJson.Own.ChatBody, options.MaxBodyBytes).ConfigureAwait(false);
        ServedModel model = models.Find(body.Model);
        GenerationCall call = ChatMapping.Of(body, origin, options);
        PlannedDiffusionEngine engine = model.Engine();
        var identity = WireIdentity.New("chatcmpl", model, engine, clock.GetUtcNow());
        await runner.RunAsync(http, call, model, engine, new ChatFormat(call, identity)).ConfigureAwait(false);
    }

    public async Task CompletionAsync(HttpContext http, RequestOrigin origin)
    {
        CompletionBody body =
            await JsonBody.ReadAsync(http, WireJson.Own.CompletionBody, options.MaxBodyBytes).ConfigureAwait(false);
        ServedModel model = models.Find(body.Model);
        GenerationCall call = CompletionMapping.Of(body, origin, options);
        PlannedDiffusionEngine engine = model.Engine();
        var identity = WireIdentity.New("cmpl", model, engine, clock.GetUtcNow());
        await runner.RunAsync(http, call, model, engine, new CompletionFormat(call, identity)).ConfigureAwait(false);
    }
}
