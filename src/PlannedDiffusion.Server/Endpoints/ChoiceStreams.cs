using System.Runtime.CompilerServices;
using System.Threading.Channels;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>An event of one of the answers of a call.</summary>
internal readonly record struct ChoiceEvent(int Choice, GenerationEvent Event);

/// <summary>Several streamed answers of one call. If one is refused or fails, the others are cancelled.</summary>
internal sealed class ChoiceStreams : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending;
    private readonly List<IAsyncEnumerable<GenerationEvent>> _streams = [];

    private ChoiceStreams(CancellationTokenSource ending) => _ending = ending;

    /// <summary>Takes a place in the queue for each answer, or none.</summary>
    public static ChoiceStreams Admit(
        PlannedDiffusionEngine engine, IReadOnlyList<GenerationRequest> choices, CancellationToken cancellation)
    {
        var admitted = new ChoiceStreams(CancellationTokenSource.CreateLinkedTokenSource(cancellation));
        try
        {
            foreach (GenerationRequest choice in choices)
                admitted._streams.Add(engine.GenerateSettledAsync(choice, reveals: true, admitted._ending.Token));
            return admitted;
        }
        catch
        {
            admitted._ending.Cancel(); // gives back the places
            admitted._ending.Dispose();
            throw;
        }
    }

    /// <summary>The events of all answers, each in its order.</summary>
    public IAsyncEnumerable<ChoiceEvent> ReadAsync() => _streams.Count == 1 ? ReadOneAsync() : MergeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        _ending.Dispose();
    }

    private async IAsyncEnumerable<ChoiceEvent> ReadOneAsync()
    {
        await foreach (GenerationEvent happened in _streams[0].ConfigureAwait(false))
            yield return new ChoiceEvent(0, happened);
    }

    private async IAsyncEnumerable<ChoiceEvent> MergeAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        // So few places that what is unread stays with the engine, which knows how to keep it small.
        var events = Channel.CreateBounded<ChoiceEvent>(_streams.Count);
        Task all = PumpAllAsync(events.Writer);
        try
        {
            await foreach (ChoiceEvent happened in events.Reader.ReadAllAsync(CancellationToken.None)
                .ConfigureAwait(false))
                yield return happened;
        }
        finally
        {
            await _ending.CancelAsync().ConfigureAwait(false);
            await all.ConfigureAwait(false);
        }
    }

    private async Task PumpAllAsync(ChannelWriter<ChoiceEvent> events)
    {
        await Task.WhenAll(_streams.Select((stream, i) => PumpAsync(i, stream, events))).ConfigureAwait(false);
        events.TryComplete();
    }

    private async Task PumpAsync(
        int choice, IAsyncEnumerable<GenerationEvent> stream, ChannelWriter<ChoiceEvent> events)
    {
        try
        {
            await foreach (GenerationEvent happened in stream.ConfigureAwait(false))
                await events.WriteAsync(new ChoiceEvent(choice, happened), _ending.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            events.TryComplete(e); // the first one counts
            await _ending.CancelAsync().ConfigureAwait(false);
        }
    }
}
