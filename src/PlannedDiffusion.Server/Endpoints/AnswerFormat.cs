using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Engine;
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

    /// <summary>Adds an event of our extension.</summary>
    public abstract void Planned(EventStream stream, PlannedEvent happened);

    /// <summary>Adds the end of an answer.</summary>
    public abstract void End(EventStream stream, int choice, string reason);

    /// <summary>Adds the usage of all answers.</summary>
    public abstract void Usage(EventStream stream, Usage usage);
}
