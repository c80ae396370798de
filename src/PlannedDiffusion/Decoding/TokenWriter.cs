using System.Collections.Immutable;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Appends tokens to a sequence, one per pass, until one of them ends the text or there is no room.
/// <para>
/// On a runner that runs ahead, each pass is requested before the token of the last one is known: its row finds the
/// token on the device. If that token ends the text, the pass was surplus. It has written keys and values at the
/// position p of the ending token, and a token at p + 1. Neither is ever seen. Nothing follows an answer, or a plan
/// without spans. Otherwise the scaffold overwrites the tokens at p, which becomes the first span's opening tag, and at
/// p + 1. The keys and values of p are cleared, or computed with that span, before or in the first pass with a row that
/// sees p.
/// </para>
/// <para>
/// With drafts a pass writes several tokens, and the host waits for each pass, because it must know the text to guess
/// its next tokens. The drafts are written after the last token, where only the runner sees them. The pass computes
/// their rows with that of the last token and decides the token after each row. A decided token is the one that
/// decoding without drafts would write, if all drafts before it are right. So the decided tokens are kept up to and
/// including the first one that differs from its draft. Tokens, keys and values of the other drafts are never seen, for
/// the reason above: their rows are pending again, or the text has ended.
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
    /// <summary>With the last token's row, this is the number of rows of a small step.</summary>
    private const int MostDrafts = 7;

    private readonly int[] _drafts = new int[MostDrafts];
    private PendingRead? _unread; // the token after the last known one

    /// <summary>The token that ended the text, which is not part of the sequence; null if none did.</summary>
    public int? Stop { get; private set; }

    /// <summary>Writes the tokens.</summary>
    /// <param name="most">The most tokens to write, with the ending one.</param>
    /// <param name="limit">The largest length of the sequence.</param>
    /// <param name="instead">Tokens that replace the model's first ones.</param>
    /// <param name="first">The stage of the first pass.</param>
    /// <param name="others">The stage of the other passes.</param>
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

    /// <summary>Lets the pass decide the tokens at these positions.</summary>
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

    /// <summary>Takes the pending token, if there is one.</summary>
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
    /// Adds drafts to the pass, after all other rows; returns their number. It adds none if the bits of a row would
    /// depend on it.
    /// </summary>
    private int AddDrafts(int end)
    {
        pass.AddRiders();
        int rows = Math.Min(pass.MaxRows, sequence.ExactRows) - pass.RowCount;
        int room = Math.Min(rows, end - sequence.Length - 1); // the pass decides one token more than it has drafts
        if (room <= 0) return 0;
        Span<int> drafts = _drafts.AsSpan(0, Math.Min(room, MostDrafts));
        drafts = drafts[..drafter!.Draft(sequence.Tokens, drafts)];
        int stop = drafts.IndexOfAny(stops.AsSpan());
        if (stop >= 0) drafts = drafts[..stop]; // no token follows it that its row could decide
        if (drafts.IsEmpty) return 0;
        sequence.WriteDrafts(drafts);
        pass.AddPendingRows(sequence.Length + drafts.Length);
        return drafts.Length;
    }

    /// <summary>Takes the valid decided tokens; returns how many were drafts: all but the last.</summary>
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
