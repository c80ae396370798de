using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding.Planning;

/// <summary>
/// The layout of a round's spans in the sequence, and the positions that their rows see. Each span has an opening tag,
/// masks and a closing tag.
/// </summary>
internal sealed class Scaffold
{
    /// <summary>Rows of a span of one token, with its tags.</summary>
    internal const int SmallestSpan = 3;

    private readonly TokenRange[] _spans;

    /// <summary>Lays out the spans of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="start">The position after the plan.</param>
    /// <param name="dense">True if all spans see each other; false if each sees only itself.</param>
    public Scaffold(Plan plan, int start, bool dense)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Dense = dense;
        _spans = new TokenRange[plan.Spans.Length];
        int end = start;
        for (int span = 0; span < _spans.Length; span++)
        {
            _spans[span] = new TokenRange(end, end + plan.Spans[span].Length + 2);
            end = _spans[span].End;
        }

        Region = new TokenRange(start, end);
    }

    /// <summary>Number of spans.</summary>
    public int Count => _spans.Length;

    /// <summary>All spans with their tags.</summary>
    public TokenRange Region { get; }

    /// <summary>True if all spans of the round see each other.</summary>
    public bool Dense { get; }

    /// <summary>Masks of the largest span.</summary>
    public int LargestSpan => _spans.Length == 0 ? 0 : _spans.Max(span => span.Length) - 2;

    /// <summary>Masks of all spans.</summary>
    public int Masks => Region.Length - (2 * _spans.Length);

    /// <summary>A span with its tags.</summary>
    public TokenRange Span(int span) => _spans[span];

    /// <summary>A span without its tags.</summary>
    public TokenRange Content(int span) => new(_spans[span].Start + 1, _spans[span].End - 1);

    /// <summary>
    /// The positions that the rows of a span see: all before the round, and their own span, or all spans if dense.
    /// </summary>
    public AttentionRange Visibility(int span) =>
        AttentionRange.Bidirectional(Region.Start, Dense ? Region : _spans[span]);

    /// <summary>The tokens of the region: tags and masks.</summary>
    public int[] Tokens(ControlTokens tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var result = new int[Region.Length];
        Array.Fill(result, tokens.Mask);
        foreach (TokenRange span in _spans)
        {
            result[span.Start - Region.Start] = tokens.AsyncStart;
            result[span.End - Region.Start - 1] = tokens.AsyncEnd;
        }

        return result;
    }
}
