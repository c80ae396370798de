namespace PlannedDiffusion.Engine;

/// <summary>
/// The settled beginning of an answer whose tokens come in any order: whole parts, and of the next one what is revealed
/// without a gap. It only grows, and once all tokens have come it is <see cref="GenerationResult.Text"/>.
/// <para>
/// It takes ids and knows neither engine nor model, so it works where the ids arrive: with whoever reads, on any
/// thread, one call at a time. What looks at text (words that stop an answer) belongs behind <see cref="Take"/>, which
/// never gives half a character.
/// </para>
/// </summary>
internal sealed class SettledText(AnswerTokens tokens)
{
    private readonly AnswerText _text = new(tokens);
    private readonly List<Part> _parts = [];
    private int _begun; // parts that the text has come to
    private int _settled; // tokens of the last of them that are in the text

    /// <summary>Adds a part behind those that are there.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="length">Its tokens; null if that is not known before <see cref="Close"/>.</param>
    /// <returns>Its number, from 0 on.</returns>
    public int Open(AnswerPart kind, int? length = null)
    {
        _parts.Add(new Part(kind) { Length = length });
        return _parts.Count - 1;
    }

    /// <summary>A part's length is known; its tokens may still be on their way.</summary>
    public void Close(int part, int length) => _parts[part].Length = length;

    /// <summary>A token is final.</summary>
    /// <param name="part">The part's number.</param>
    /// <param name="at">Its place in the part, from 0 on.</param>
    /// <param name="id">The token.</param>
    /// <exception cref="InvalidOperationException">Another one was revealed there: it was not final.</exception>
    public void Reveal(int part, int at, int id)
    {
        List<int?> ids = _parts[part].Ids;
        while (ids.Count <= at) ids.Add(null);
        if ((ids[at] ?? id) != id)
            throw new InvalidOperationException($"Token {at} of part {part} is {id}, and was {ids[at]}.");
        ids[at] = id;
    }

    /// <summary>The text that has settled since the last call; often empty.</summary>
    public string Take()
    {
        while (Settle()) _text.Begin(_parts[_begun++].Kind);
        return _text.Take();
    }

    /// <summary>Takes what is there of the part that the text has come to; true if another part follows it.</summary>
    private bool Settle()
    {
        if (_begun == 0) return _parts.Count > 0;
        Part part = _parts[_begun - 1];
        while (_settled < part.Ids.Count && part.Ids[_settled] is { } id)
        {
            _text.Append([id]);
            _settled++;
        }

        if (_settled != part.Length || _begun == _parts.Count) return false;
        _settled = 0;
        return true;
    }

    private sealed class Part(AnswerPart kind)
    {
        public AnswerPart Kind => kind;

        public int? Length { get; set; }

        /// <summary>The tokens as far as any was revealed; null where one was not.</summary>
        public List<int?> Ids { get; } = [];
    }
}
