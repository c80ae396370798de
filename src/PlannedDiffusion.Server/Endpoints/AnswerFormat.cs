using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Sse;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>The shape of the answers of an endpoint: whole, and in pieces.</summary>
internal abstract class AnswerFormat
{
    /// <summary>What the endpoint does, in the words of the conventions for metrics.</summary>
    public abstract string Operation { get; }

    /// <summary>Writes whole answers.</summary>
    public abstract Task WriteAsync(HttpContext http, IReadOnlyList<GenerationResult> results);

    /// <summary>Adds what begins the answers of a stream.</summary>
    public abstract void Begin(EventStream stream);

    /// <summary>Adds more text of an answer.</summary>
    public abstract void Text(EventStream stream, int choice, string text);

    /// <summary>Adds an event of our extension, if the format has it.</summary>
    public virtual void Planned(EventStream stream, PlannedEvent happened)
    {
    }

    /// <summary>Adds the end of an answer.</summary>
    public abstract void End(EventStream stream, int choice, GenerationResult result);

    /// <summary>Adds the usage of all answers, if the format tells it by itself.</summary>
    public virtual void Usage(EventStream stream, Usage usage)
    {
    }

    /// <summary>True if a stream begins as soon as the request has a place in the queue.</summary>
    public virtual bool BeginsInQueue => false;

    /// <summary>Adds an event in a way of the format's own; false if it has none.</summary>
    public virtual bool Tell(EventStream stream, GenerationEvent happened) => false;

    /// <summary>Adds what ends a stream, after everything else.</summary>
    public virtual void Close(EventStream stream) => stream.Done();

    /// <summary>Adds what tells an error, before the connection is broken.</summary>
    public virtual void Fail(EventStream stream, ApiError error) =>
        stream.Data(ErrorAnswer.Body(error), WireJson.Own.ErrorBody);
}
