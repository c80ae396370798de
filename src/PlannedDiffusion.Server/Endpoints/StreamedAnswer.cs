using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Metrics;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Sse;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>Turns the events of a call into the pieces of its answers.</summary>
internal sealed class StreamedAnswer(
    GenerationCall call, EventStream stream, AnswerFormat format, EventMapping mapping, RequestMeasure measure)
{
    private readonly GenerationResult?[] _results = new GenerationResult?[call.Choices.Count];

    /// <summary>The results of the answers that are complete.</summary>
    public IEnumerable<GenerationResult> Results => _results.OfType<GenerationResult>();

    /// <summary>Adds what an event tells. The first one begins the stream.</summary>
    public async ValueTask TellAsync(ChoiceEvent told)
    {
        if (!stream.IsStarted) await BeginAsync().ConfigureAwait(false);

        switch (told.Event)
        {
            case TextSettled { Text: var text }:
                measure.NoteText();
                format.Text(stream, told.Choice, text);
                break;
            case Completed { Result: var result }:
                _results[told.Choice] = result;
                format.End(stream, told.Choice, result);
                break;
            default:
                if (!format.Tell(stream, told.Event) && mapping.Of(told.Event, call.Shown) is { } shown)
                    format.Planned(stream, shown with { Index = told.Choice });
                break;
        }
    }

    /// <summary>Begins the stream.</summary>
    public async ValueTask BeginAsync()
    {
        await stream.StartAsync().ConfigureAwait(false);
        format.Begin(stream);
        if (call.Shown > Shown.Text) format.Planned(stream, new PlannedEvent("started") { Seed = call.Seed });
    }

    /// <summary>Sends what ends a stream.</summary>
    public async ValueTask EndAsync()
    {
        measure.NoteEnd(Results.Sum(result => result.Usage.Generated));
        if (call.IncludesUsage) format.Usage(stream, ResultMapping.Usage(call, [.. Results]));
        format.Close(stream);
        await stream.FlushAsync().ConfigureAwait(false);
    }
}
