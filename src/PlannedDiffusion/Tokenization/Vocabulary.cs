using System.Text;
using static PlannedDiffusion.Files.MessageText;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// Ids, spellings and bytes of all tokens. Ids need not be contiguous; each has at most one token. An added token may
/// also be a word of the vocabulary, with the same id. If bytes or merges give this word, it counts as an ordinary
/// token: users can type it, so it must not control anything. Merges into a special token are dropped instead, so that
/// users cannot type it.
/// </summary>
internal sealed class Vocabulary
{
    // Four million: several times the largest vocabulary in use, and little enough memory for an untrusted file.
    private const int IdLimit = 1 << 22;
    private const int LongestToken = 1 << 16; // characters

    private readonly Dictionary<string, int> _ids;
    private readonly byte[]?[] _bytes;
    private readonly bool[] _special;
    private readonly bool[] _added;

    public Vocabulary(TokenizerFile file)
    {
        _ids = new Dictionary<string, int>(file.Entries.Count + file.Added.Count, StringComparer.Ordinal);
        int size = 0;
        foreach ((string spelling, int id) in file.Entries) Measure(spelling, id, file.EntriesPlace, ref size);
        foreach (AddedToken token in file.Added) Measure(token.Content, token.Id, token.Place, ref size);
        _bytes = new byte[size][];
        _special = new bool[size];
        _added = new bool[size];
        foreach ((string spelling, int id) in file.Entries)
        {
            Add(spelling, id, ByteAlphabet.Decode(spelling), file.EntriesPlace);
            LongestWord = Math.Max(LongestWord, _bytes[id]!.Length);
        }

        ByteIds = FindBytes(file.EntriesPlace);
        HashSet<int> words = [.. ByteIds, .. Merged(file)];
        foreach (AddedToken token in file.Added) Add(token, words.Contains(token.Id));
    }

    /// <summary>The highest id plus one.</summary>
    public int Size => _bytes.Length;

    /// <summary>Bytes of the longest token that plain text can become.</summary>
    public int LongestWord { get; }

    /// <summary>The token of each single byte.</summary>
    public int[] ByteIds { get; }

    public int? Find(string spelling) => _ids.TryGetValue(spelling, out int id) ? id : null;

    public bool IsSpecial(int id) => (uint)id < (uint)Size && _special[id];

    /// <summary>True for an added token that plain text never becomes.</summary>
    public bool IsAdded(int id) => (uint)id < (uint)Size && _added[id];

    /// <summary>The bytes of a token; none for an id without a token.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)Size ? _bytes[id] : [];

    private static void Measure(string token, int id, (string File, string Field) place, ref int size)
    {
        if (id is < 0 or >= IdLimit)
            throw new TokenizerException(place.File, place.Field, $"{Quote(token)} has the id {id}, out of bounds");
        if (token.Length > LongestToken)
        {
            throw new TokenizerException(
                place.File, place.Field, $"{Quote(token)} has {token.Length} characters, more than {LongestToken}");
        }

        size = Math.Max(size, id + 1);
    }

    /// <summary>The added tokens that merges give and that are not special. Most tokenizers have none.</summary>
    private IEnumerable<int> Merged(TokenizerFile file)
    {
        HashSet<string> words = [.. file.Added
            .Where(token => !token.Special && _ids.ContainsKey(token.Content)).Select(token => token.Content)];
        return words.Count == 0 ? [] : file.Merges
            .Select(rule => rule.Left + rule.Right).Where(words.Contains).Select(word => _ids[word]);
    }

    private void Add(string spelling, int id, byte[] bytes, (string File, string Field) place)
    {
        if (_bytes[id] is not null)
        {
            throw new TokenizerException(
                place.File, place.Field, $"{Quote(spelling)} has the id {id} of another token");
        }

        if (!_ids.TryAdd(spelling, id))
            throw new TokenizerException(place.File, place.Field, $"{Quote(spelling)} appears twice");
        _bytes[id] = bytes;
    }

    private void Add(AddedToken token, bool isWord)
    {
        byte[] content = Encoding.UTF8.GetBytes(token.Content);
        _special[token.Id] = token.Special;
        if (!_ids.TryGetValue(token.Content, out int id))
        {
            Add(token.Content, token.Id, content, token.Place);
        }
        else if (id != token.Id)
        {
            throw new TokenizerException(
                token.Place.File, token.Place.Field, $"{Quote(token.Content)} has the id {id} in the vocabulary");
        }

        _added[token.Id] = !isWord;
        if (!isWord) _bytes[token.Id] = content;
    }

    private int[] FindBytes((string File, string Field) place)
    {
        var ids = new int[256];
        for (int value = 0; value < 256; value++)
        {
            string spelling = ByteAlphabet.CharOf((byte)value).ToString();
            ids[value] = Find(spelling) ?? throw new TokenizerException(
                place.File, place.Field, $"no token {Quote(spelling)} for byte {value}");
        }

        return ids;
    }
}
