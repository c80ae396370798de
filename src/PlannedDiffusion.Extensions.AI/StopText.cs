using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Extensions.AI;

/// <summary>
/// Ends a text before the first stop sequence, wherever its pieces are cut. Of several the first to be complete counts;
/// of those that end together, the longest. What may become the beginning of one is held back.
/// </summary>
internal sealed class StopText(ImmutableArray<string> stops)
{
    private string _held = "";

    /// <summary>True once a stop sequence was found.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>
    /// The events up to the first stop sequence. Leaving them before <see cref="Completed"/> cancels their request.
    /// </summary>
    public static async IAsyncEnumerable<GenerationEvent> Apply(
        ImmutableArray<string> stops, IAsyncEnumerable<GenerationEvent> events,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var text = new StopText(stops);
        await foreach (GenerationEvent happened in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            string? certain = happened switch
            {
                TextSettled { Text: var piece } => text.Append(piece),
                Completed => text._held,
                _ => null,
            };
            if (certain is { Length: > 0 }) yield return new TextSettled(certain);
            if (text.IsStopped) yield break;
            if (happened is not TextSettled) yield return happened;
        }
    }

    /// <summary>The text that is certain with this piece; often empty.</summary>
    public string Append(string piece)
    {
        string text = _held + piece;
        int end = int.MaxValue, start = 0;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at < 0 || (at + stop.Length, at).CompareTo((end, start)) >= 0) continue;
            (end, start) = (at + stop.Length, at);
        }

        IsStopped = end < int.MaxValue;
        if (!IsStopped) start = text.Length - stops.Select(stop => Begun(text, stop)).DefaultIfEmpty().Max();
        _held = IsStopped ? "" : text[start..];
        return text[..start];
    }

    /// <summary>How many characters at the end of a text are the beginning of the stop sequence.</summary>
    private static int Begun(string text, string stop)
    {
        int length = Math.Min(text.Length, stop.Length - 1);
        while (!text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length))) length--;
        return length;
    }
}
