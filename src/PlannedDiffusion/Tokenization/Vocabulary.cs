namespace PlannedDiffusion.Tokenization;

/// <summary>Ids, spellings and bytes of all tokens. Ids need not be contiguous; each has one token at most.</summary>
internal sealed class Vocabulary
{
    // Four million: several times the largest vocabulary in use, and small enough to allocate for an untrusted file.
    private const int IdLimit = 1 << 22;

    private readonly Dictionary<string, int> _ids;
    private readonly byte[]?[] _bytes;
    private readonly bool[] _special;
    private readonly bool[] _added;

    public Vocabulary(TokenizerFile file)
    {
        _ids = new Dictionary<string, int>(file.Entries.Count + file.Added.Count, StringComparer.Ordinal);
        int size = Math.Max(
            SizeOf(file.Entries, file.EntriesPlace),
            SizeOf(file.Added.Select(token => (token.Content, token.Id)), file.AddedPlace));
        _bytes = new byte[size][];
        _special = new bool[size];
        _added = new bool[size];
        foreach ((string spelling, int id) in file.Entries)
            Add(spelling, id, ByteAlphabet.Decode(spelling), file.EntriesPlace);
        foreach (AddedToken token in file.Added) Add(token, file.AddedPlace);
        ByteIds = FindBytes(file.EntriesPlace);
    }

    /// <summary>The highest id plus one.</summary>
    public int Size => _bytes.Length;

    /// <summary>The token of each single byte.</summary>
    public int[] ByteIds { get; }

    public int? Find(string spelling) => _ids.TryGetValue(spelling, out int id) ? id : null;

    public bool IsSpecial(int id) => (uint)id < (uint)Size && _special[id];

    public bool IsAdded(int id) => (uint)id < (uint)Size && _added[id];

    /// <summary>The bytes that a token stands for; none for an id without a token.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)Size ? _bytes[id] : [];

    private static int SizeOf(IEnumerable<(string, int)> tokens, (string File, string Field) place)
    {
        int size = 0;
        foreach ((string token, int id) in tokens)
        {
            if (id is < 0 or >= IdLimit)
                throw new TokenizerException(place.File, place.Field, $"\"{token}\" has the id {id}, out of bounds");
            size = Math.Max(size, id + 1);
        }

        return size;
    }

    private void Add(string spelling, int id, byte[] bytes, (string File, string Field) place)
    {
        if (_bytes[id] is not null)
            throw new TokenizerException(place.File, place.Field, $"\"{spelling}\" has the id {id} of another token");
        if (!_ids.TryAdd(spelling, id))
            throw new TokenizerException(place.File, place.Field, $"\"{spelling}\" stands there twice");
        _bytes[id] = bytes;
    }

    // An added token may be repeated in the vocabulary, under the same id.
    private void Add(AddedToken token, (string File, string Field) place)
    {
        byte[] content = System.Text.Encoding.UTF8.GetBytes(token.Content);
        if (_ids.TryGetValue(token.Content, out int id) && id == token.Id && !_added[id]) _bytes[id] = content;
        else Add(token.Content, token.Id, content, place);
        _added[token.Id] = true;
        _special[token.Id] = token.Special;
    }

    private int[] FindBytes((string File, string Field) place)
    {
        var ids = new int[256];
        for (int value = 0; value < 256; value++)
        {
            string spelling = ByteAlphabet.CharOf((byte)value).ToString();
            ids[value] = Find(spelling) is { } id && !IsAdded(id)
                ? id
                : throw new TokenizerException(place.File, place.Field, $"no token \"{spelling}\" for byte {value}");
        }

        return ids;
    }
}
