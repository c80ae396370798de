using System.Collections.Immutable;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Writes tokens behind a sequence, one per pass, until one of them ends the text or there is no room.
/// <para>
/// Where the runner runs ahead, each pass is asked for before the token of the last one is known: its row finds the
/// token on the device. When that token turns out to be the one that ends the text, the pass was one too many, and it
/// has written two things: keys and values at the position p of the ending token, and a token at p + 1. Neither is ever
/// seen. Nothing follows an answer, nor a plan without spans. Else the scaffold's tokens are written over p, which is
/// the first span's opening tag, and p + 1; and the keys and values of p are cleared or computed with that span,
/// before or in the first pass that has a row which sees p, just as when nothing had ever been written there.
/// </para>
/// </summary>
internal sealed class TokenWriter(Sequence sequence, SamplingParams sampling, ImmutableArray<int> stops)
{
    private PendingRead? _unread; // the token behind the last known one

    /// <summary>The token that ended the text, which is not part of the sequence; null if none did.</summary>
    public int? Stop { get; private set; }

    /// <summary>Writes the tokens.</summary>
    /// <param name="most">Most tokens to write, the ending one included.</param>
    /// <param name="limit">Largest length of the sequence.</param>
    /// <param name="instead">Tokens that replace the first ones that the model writes.</param>
    /// <param name="first">What the first pass is for.</param>
    /// <param name="others">What the others are for.</param>
    public IEnumerable<DecodingStage> Write(
        int most, int limit, ImmutableArray<int> instead, DecodingStage first, DecodingStage others)
    {
        for (int i = 0, start = sequence.Length; i < most && Stop is null && start + i < limit; i++)
        {
            Prepare(start + i);
            yield return sequence.Ready(i == 0 ? first : others);
            Take();
            if (Stop is not null) sequence.TakeBackPass();
            else if (i < instead.Length) Replace(instead[i]);
            else Read(start + i);
        }

        Take();
    }

    /// <summary>A pass that computes what is pending and decides the token at a position.</summary>
    private void Prepare(int position)
    {
        sequence.BeginPass();
        sequence.AddPendingRows(position);
        sequence.Pass.AddUnmask(new UnmaskGroup
        {
            Sequence = sequence.Handle,
            Positions = new TokenRange(position, position + 1),
            Sampling = sampling,
            Rule = UnmaskRule.All,
        });
    }

    private void Replace(int token)
    {
        if (stops.Contains(token)) Stop = token;
        else sequence.Append([token]);
    }

    private void Read(int position)
    {
        var range = new TokenRange(position, position + 1);
        if (sequence.RunsAhead)
        {
            _unread = sequence.BeginRead(range, sequence.Passes.Count);
        }
        else
        {
            sequence.ReadBack(range);
            Keep();
        }
    }

    /// <summary>Takes the token that is on its way, if one is.</summary>
    private void Take()
    {
        if (_unread is not { } read) return;
        _unread = null;
        sequence.EndRead(read);
        Keep();
    }

    private void Keep()
    {
        int token = sequence.TokensIn(new TokenRange(sequence.Length, sequence.Length + 1))[0];
        if (stops.Contains(token)) Stop = token;
        else sequence.KeepNext();
    }
}
