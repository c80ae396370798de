using System.Globalization;
using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Metrics;
using PlannedDiffusion.Server.Models;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Sse;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>Runs a call on an engine and sends its answers, whole or as they are made.</summary>
internal sealed class AnswerRunner(
    PlannedDiffusionServerOptions options, TimeProvider clock, ServerMetrics metrics, RequestLog log)
{
    /// <summary>Answers. All jobs of the call are admitted, or none, before anything is sent.</summary>
    public async Task RunAsync(
        HttpContext http, GenerationCall call, ServedModel model, PlannedDiffusionEngine engine, AnswerFormat format)
    {
        using var measure = new RequestMeasure(metrics, clock, format.Operation, model.Id);
        NoteLoad(http, engine);
        if (call.Seed is { } seed)
            http.Response.Headers["x-pd-seed"] = seed.ToString(CultureInfo.InvariantCulture);
        log.Asked(call);
        try
        {
            if (call.Streams) await StreamAsync(http, call, engine, format, measure).ConfigureAwait(false);
            else await WholeAsync(http, call, engine, format).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not BrokenStreamException)
        {
            ApiError error = ErrorMapping.Of(e, call.PromptField);
            bool isGone = http.RequestAborted.IsCancellationRequested;
            measure.NoteError(isGone ? "cancelled" : error.Code ?? "invalid_request");
            if (isGone || error.Status == StatusCodes.Status500InternalServerError) throw;
            if (!http.Response.HasStarted) NoteLoad(http, engine); // the one that refused it
            throw new ApiException(error);
        }
    }

    private async Task WholeAsync(
        HttpContext http, GenerationCall call, PlannedDiffusionEngine engine, AnswerFormat format)
    {
        GenerationResult[] results =
            await ChoiceJobs.CompleteAsync(engine, call.Choices, http.RequestAborted).ConfigureAwait(false);
        NoteLoad(http, engine);
        log.Told(results);
        await format.WriteAsync(http, results).ConfigureAwait(false);
    }

    private async Task StreamAsync(
        HttpContext http, GenerationCall call, PlannedDiffusionEngine engine, AnswerFormat format,
        RequestMeasure measure)
    {
        var stream = new EventStream(http, clock, options.KeepAlive);
        var answer = new StreamedAnswer(call, stream, format, new EventMapping(engine), measure);
        try
        {
            await using ChoiceStreams choices = ChoiceStreams.Admit(engine, call.Choices, http.RequestAborted);
            if (format.BeginsInQueue) await answer.BeginAsync().ConfigureAwait(false);
            await stream.ReadAsync(choices.ReadAsync(), answer.TellAsync).ConfigureAwait(false);
            await answer.EndAsync().ConfigureAwait(false);
            log.Told(answer.Results);
        }
        catch (Exception e) when (stream.IsStarted && !http.RequestAborted.IsCancellationRequested)
        {
            ApiError error = ErrorMapping.Of(e, call.PromptField);
            measure.NoteError(error.Code ?? "invalid_request");
            if (error.Status == StatusCodes.Status500InternalServerError) log.Failed(http, e);
            throw await stream.FailAsync(() => format.Fail(stream, error)).ConfigureAwait(false);
        }
    }

    private static void NoteLoad(HttpContext http, PlannedDiffusionEngine engine) =>
        http.Response.Headers[LoadReport.Header] = LoadReport.Text(engine.Status);
}
