namespace PlannedDiffusion.Engine;

/// <summary>
/// The settled start of an answer whose tokens come in any order: whole parts, and the next part up to its first gap.
/// It only grows, and once all tokens have come it is <see cref="GenerationResult.Text"/>.
/// <para>
/// It takes ids and knows neither engine nor model, so the reader of the ids can use it, on any thread, one call at a
/// time. Code that looks at text (words that stop an answer) belongs after <see cref="Take"/>, which never gives an
/// incomplete character.
/// </para>
/// </summary>
internal sealed class SettledText(AnswerTokens tokens)
{
    private readonly AnswerText _text = new(tokens);
    private readonly List<Part> _parts = [];
    private int _begun; // parts that the text has reached
    private int _settled; // tokens of the last of these parts that are in the text

    /// <summary>Adds a part after the others.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="length">The number of its tokens; null if it is not known before <see cref="Close"/>.</param>
    /// <returns>Its number, from 0.</returns>
    public int Open(AnswerPart kind, int? length = null)
    {
        _parts.Add(new Part(kind) { Length = length });
        return _parts.Count - 1;
    }

    /// <summary>Sets the length of a part. Its tokens may still come.</summary>
    public void Close(int part, int length) => _parts[part].Length = length;

    /// <summary>Sets a final token.</summary>
    /// <param name="part">The part's number.</param>
    /// <param name="at">Its index in the part, from 0.</param>
    /// <param name="id">The token.</param>
    /// <exception cref="InvalidOperationException">Another token was set there before.</exception>
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

    /// <summary>
    /// Takes the available tokens of the part that the text has reached; true if another part follows it.
    /// </summary>
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

        /// <summary>The tokens up to the last revealed one; null where one is missing.</summary>
        public List<int?> Ids { get; } = [];
    }
}
