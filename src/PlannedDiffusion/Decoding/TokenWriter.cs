using System.Collections.Immutable;
using PlannedDiffusion.Forward;
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
/// <para>
/// With drafts a pass writes several tokens, and the host waits for each pass: it must know the text to guess how it
/// goes on. The drafts are written behind the last token where the runner alone sees them, the pass computes their
/// rows beside the last token's, and decides the token behind each row. A decided token is the one that would have been
/// written without drafts if all drafts before it are: so what comes out is kept up to the first token that is not its
/// draft, and that one, too. What the pass wrote for the other drafts, keys and values as well as tokens, is never
/// seen, for the reason above: their rows are pending again, or the text has ended.
/// </para>
/// </summary>
/// <param name="sequence">The sequence.</param>
/// <param name="pass">Builds its passes.</param>
/// <param name="sampling">Filters, temperature and seed.</param>
/// <param name="stops">Tokens that end the text.</param>
/// <param name="drafter">Guesses the next tokens; null for one token per pass.</param>
internal sealed class TokenWriter(
    Sequence sequence, PassBuilder pass, SamplingParams sampling, ImmutableArray<int> stops, IDrafter? drafter = null)
{
    /// <summary>With the last token's row, as many rows as small steps have.</summary>
    private const int MostDrafts = 7;

    private readonly int[] _drafts = new int[MostDrafts];
    private PendingRead? _unread; // the token behind the last known one

    /// <summary>The token that ended the text, which is not part of the sequence; null if none did.</summary>
    public int? Stop { get; private set; }

    /// <summary>Writes the tokens.</summary>
    /// <param name="most">Most tokens to write, the ending one included.</param>
    /// <param name="limit">Largest length of the sequence.</param>
    /// <param name="instead">Tokens that replace the first ones that the model writes.</param>
    /// <param name="first">What the first pass is for.</param>
    /// <param name="others">What the others are for.</param>
    public IEnumerable<ReadyPass> Write(
        int most, int limit, ImmutableArray<int> instead, DecodingStage first, DecodingStage others)
    {
        int start = sequence.Length, end = (int)Math.Min(limit, (long)start + most);
        return drafter is null || sequence.Recompute
            ? WriteOnePerPass(start, end, instead, first, others)
            : WriteWithDrafts(start, end, instead, first, others);
    }

    private IEnumerable<ReadyPass> WriteOnePerPass(
        int start, int end, ImmutableArray<int> instead, DecodingStage first, DecodingStage others)
    {
        for (int position = start; position < end && Stop is null; position++)
        {
            pass.Begin();
            pass.AddPendingRows(position);
            Decide(new TokenRange(position, position + 1));
            yield return pass.Ready(position == start ? first : others);
            Take();
            if (Stop is not null) pass.TakeBack();
            else if (position - start < instead.Length) Replace(instead[position - start]);
            else Read(position);
        }

        Take();
    }

    /// <summary>The pass decides the tokens at these positions.</summary>
    private void Decide(TokenRange positions) => pass.Decide(new UnmaskGroup
    {
        Sequence = sequence.Handle,
        Positions = positions,
        Sampling = sampling,
        Rule = UnmaskRule.All,
    });

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
            _unread = sequence.BeginRead(range, sequence.Record.Count);
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

    private IEnumerable<ReadyPass> WriteWithDrafts(
        int start, int end, ImmutableArray<int> instead, DecodingStage first, DecodingStage others)
    {
        while (sequence.Length < end && Stop is null)
        {
            int position = sequence.Length;
            pass.Begin();
            pass.AddPendingRows(position);
            int drafted = AddDrafts(end);
            var decided = new TokenRange(position, position + drafted + 1);
            Decide(decided);
            yield return pass.Ready(position == start ? first : others, drafted);
            sequence.ReadDecided(decided);
            pass.KeepDrafts(Verify(drafted, position - start, instead));
        }
    }

    /// <summary>
    /// Adds drafts to the pass, behind all that has a claim to its rows; returns how many. None where the bits of a row
    /// would depend on how many there are.
    /// </summary>
    private int AddDrafts(int end)
    {
        pass.AddRiders();
        int rows = Math.Min(pass.MaxRows, sequence.ExactRows) - pass.RowCount;
        int room = Math.Min(rows, end - sequence.Length - 1); // the pass decides one more token than it has drafts
        if (room <= 0) return 0;
        Span<int> drafts = _drafts.AsSpan(0, Math.Min(room, MostDrafts));
        drafts = drafts[..drafter!.Draft(sequence.Tokens, drafts)];
        int stop = drafts.IndexOfAny(stops.AsSpan());
        if (stop >= 0) drafts = drafts[..stop]; // nothing comes behind it that its row could decide
        if (drafts.IsEmpty) return 0;
        sequence.WriteDrafts(drafts);
        pass.AddPendingRows(sequence.Length + drafts.Length);
        return drafts.Length;
    }

    /// <summary>Takes the decided tokens that count; returns how many of them were drafts: all but the last.</summary>
    private int Verify(int drafted, int written, ImmutableArray<int> instead)
    {
        for (int kept = 0; ; kept++)
        {
            if (written + kept < instead.Length) Replace(instead[written + kept]);
            else
            {
                sequence.RefuseBroken(sequence.Length);
                Keep();
            }

            if (Stop is not null || kept == drafted || sequence.Tokens[^1] != _drafts[kept]) return kept;
        }
    }
}
