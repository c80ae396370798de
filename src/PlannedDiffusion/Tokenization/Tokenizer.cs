using System.Runtime.InteropServices;
using System.Text;
using PlannedDiffusion.Tokenization.Templates;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// Byte-level BPE of the Qwen2 family (Qwen2.5, Dream): NFC, the family's word pattern, merges by rank, added tokens.
/// Ids depend on the files alone. Safe for concurrent use.
/// </summary>
public sealed class Tokenizer
{
    private const int SmallText = 512;

    private readonly Vocabulary _vocabulary;
    private readonly MergeTable _merges;
    private readonly AddedTokenMatcher _addedToText;
    private readonly AddedTokenMatcher _addedToNormalized;
    private readonly WordCache _words = new();
    private readonly bool _normalizes;
    private EncodingWorkspace? _spare;

    private Tokenizer(TokenizerFile file)
    {
        _vocabulary = new Vocabulary(file);
        _merges = new MergeTable(file, _vocabulary);
        _addedToText = new AddedTokenMatcher(file.Added.Where(token => !token.Normalized));
        _addedToNormalized = new AddedTokenMatcher(file.Added.Where(token => token.Normalized));
        _normalizes = file.Normalizes;
        SpecialTokens = file.SpecialTokens;
    }

    /// <summary>The highest id plus one. Ids may have gaps, and a model may have more rows than this.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>
    /// Contents of the tokens that <c>tokenizer_config.json</c> gives a role, by its name there: <c>bos_token</c>,
    /// <c>eos_token</c>, <c>unk_token</c>, <c>sep_token</c>, <c>pad_token</c>, <c>cls_token</c>, <c>mask_token</c>.
    /// A content need not be a token of the vocabulary.
    /// </summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; }

    /// <summary>
    /// Reads <c>tokenizer.json</c> from a directory, or else <c>vocab.json</c> and <c>merges.txt</c>. Further added
    /// tokens are in <c>tokenizer_config.json</c>, or in files of older tools: <c>added_tokens.json</c>, and
    /// <c>special_tokens_map.json</c>, which names the special ones. All are UTF-8, with or without a byte order mark.
    /// </summary>
    /// <exception cref="TokenizerException">A file is missing, malformed, or needs something unknown.</exception>
    public static Tokenizer Load(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return new Tokenizer(TokenizerFile.Load(directory));
    }

    /// <summary>The id of an added token by its content, or of another token by its byte-level spelling.</summary>
    public int? TokenId(string content) => _vocabulary.Find(content);

    /// <summary>
    /// The id of an added token by its content, if plain text never becomes this token. Null if bytes or merges give it
    /// as well.
    /// </summary>
    public int? AddedTokenId(string content) =>
        _vocabulary.Find(content) is { } id && _vocabulary.IsAdded(id) ? id : null;

    /// <summary>True for an added token that the file marks as special. Decoding can leave it out.</summary>
    public bool IsSpecial(int id) => _vocabulary.IsSpecial(id);

    /// <summary>True for added tokens: those that <see cref="Encode(ReadOnlySpan{char})"/> never gives.</summary>
    public bool IsAdded(int id) => _vocabulary.IsAdded(id);

    /// <summary>
    /// Encodes a user's text. Added tokens are not recognised: a tag in the text is encoded as plain characters. A lone
    /// surrogate becomes U+FFFD. Allocates only the result.
    /// </summary>
    public int[] Encode(ReadOnlySpan<char> text) => Encode(text, trusted: false);

    /// <summary>Appends the ids of a user's text to a list and returns their number.</summary>
    public int Encode(ReadOnlySpan<char> text, List<int> ids) => Encode(text, trusted: false, ids);

    /// <summary>Encodes a user's text as it stands, for text that <see cref="Normalize(string)"/> gave.</summary>
    public int[] EncodeNormalized(ReadOnlySpan<char> text)
    {
        EncodingWorkspace workspace = Acquire();
        workspace.EncodeWords(text);
        int[] ids = [.. workspace.Ids];
        Release(workspace);
        return ids;
    }

    /// <summary>Encodes text of the program's own, such as a template: added tokens are recognised.</summary>
    public int[] EncodeTrusted(ReadOnlySpan<char> text) => Encode(text, trusted: true);

    /// <summary>Appends the ids of the program's own text to a list and returns their number.</summary>
    public int EncodeTrusted(ReadOnlySpan<char> text, List<int> ids) => Encode(text, trusted: true, ids);

    /// <summary>
    /// Encodes text of several origins. Added tokens are recognised within a trusted piece only. The text between two
    /// of them is encoded as one, so that words and merges can span pieces.
    /// </summary>
    internal int[] EncodePieces(IEnumerable<TextPiece> pieces)
    {
        EncodingWorkspace workspace = Acquire();
        var plain = new StringBuilder();
        foreach (TextPiece piece in pieces)
        {
            if (piece.Trusted) EncodeTags(workspace, piece.Text, plain);
            else plain.Append(piece.Text);
        }

        EncodePlain(workspace, plain);
        int[] ids = [.. workspace.Ids];
        Release(workspace);
        return ids;
    }

    /// <summary>
    /// The text of tokens. Bytes that are not UTF-8 become U+FFFD; an id without a token gives no text.
    /// </summary>
    /// <exception cref="ArgumentException">The text does not fit into one array.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        long length = 0;
        foreach (int id in ids) length += BytesOf(id, skipSpecial).Length;
        if (length > Array.MaxLength)
            throw new ArgumentException($"The text of {ids.Length} tokens has {length} bytes.", nameof(ids));
        Span<byte> bytes = length <= SmallText ? stackalloc byte[(int)length] : new byte[length];
        int written = 0;
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> token = BytesOf(id, skipSpecial);
            token.CopyTo(bytes[written..]);
            written += token.Length;
        }

        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>
    /// The bytes that a token stands for; none for an id without a token. Those of a text's tokens together are
    /// its UTF-8; a token alone may begin or end within a character.
    /// </summary>
    public ReadOnlySpan<byte> BytesOf(int id) => _vocabulary.Bytes(id);

    /// <summary>
    /// The text whose bytes the tokens of <see cref="Encode(ReadOnlySpan{char})"/> have: in Form C, if the tokenizer
    /// normalises, else itself. A lone surrogate may stay; its bytes are those of U+FFFD.
    /// </summary>
    public string Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        EncodingWorkspace workspace = Acquire();
        ReadOnlySpan<char> normalized = Normalize(workspace, text.AsSpan());
        string result = normalized.SequenceEqual(text) ? text : normalized.ToString();
        Release(workspace);
        return result;
    }

    internal ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial) =>
        skipSpecial && IsSpecial(id) ? [] : _vocabulary.Bytes(id);

    /// <summary>
    /// The fewest tokens that a user's text of so many characters can have. A token has a bounded number of bytes, and
    /// normalisation leaves at least one byte for two characters of UTF-16: a letter that takes up to three marks has
    /// two bytes or more, and only single characters become ASCII. With this a text can be refused without encoding it.
    /// </summary>
    internal long FewestTokens(long characters) => characters / (2L * _vocabulary.LongestWord);

    private int[] Encode(ReadOnlySpan<char> text, bool trusted)
    {
        EncodingWorkspace workspace = Fill(text, trusted);
        int[] ids = [.. workspace.Ids];
        Release(workspace);
        return ids;
    }

    private int Encode(ReadOnlySpan<char> text, bool trusted, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        EncodingWorkspace workspace = Fill(text, trusted);
        int count = workspace.Ids.Count;
        ids.AddRange(CollectionsMarshal.AsSpan(workspace.Ids));
        Release(workspace);
        return count;
    }

    private EncodingWorkspace Fill(ReadOnlySpan<char> text, bool trusted)
    {
        EncodingWorkspace workspace = Acquire();
        if (!trusted)
        {
            workspace.EncodeWords(Normalize(workspace, text));
            return workspace;
        }

        while (_addedToText.TryFind(text, out int start, out int length, out int id))
        {
            EncodeBetween(workspace, text[..start]);
            workspace.Ids.Add(id);
            text = text[(start + length)..];
        }

        EncodeBetween(workspace, text);
        return workspace;
    }

    // Text between added tokens may contain further ones after it is normalised.
    private void EncodeBetween(EncodingWorkspace workspace, ReadOnlySpan<char> text)
    {
        text = Normalize(workspace, text);
        while (_addedToNormalized.TryFind(text, out int start, out int length, out int id))
        {
            workspace.EncodeWords(text[..start]);
            workspace.Ids.Add(id);
            text = text[(start + length)..];
        }

        workspace.EncodeWords(text);
    }

    private void EncodeTags(EncodingWorkspace workspace, ReadOnlySpan<char> text, StringBuilder plain)
    {
        while (_addedToText.TryFind(text, out int start, out int length, out int id))
        {
            EncodeNormalizedTags(workspace, text[..start], plain);
            EncodePlain(workspace, plain);
            workspace.Ids.Add(id);
            text = text[(start + length)..];
        }

        EncodeNormalizedTags(workspace, text, plain);
    }

    // Normalised text may be normalised again with the text after it: the result is the same.
    private void EncodeNormalizedTags(EncodingWorkspace workspace, ReadOnlySpan<char> text, StringBuilder plain)
    {
        text = Normalize(workspace, text).ToString(); // a copy: the plain text is normalised in between
        while (_addedToNormalized.TryFind(text, out int start, out int length, out int id))
        {
            plain.Append(text[..start]);
            EncodePlain(workspace, plain);
            workspace.Ids.Add(id);
            text = text[(start + length)..];
        }

        plain.Append(text);
    }

    private void EncodePlain(EncodingWorkspace workspace, StringBuilder plain)
    {
        if (plain.Length == 0) return;
        workspace.EncodeWords(Normalize(workspace, plain.ToString()));
        plain.Clear();
    }

    private EncodingWorkspace Acquire()
    {
        EncodingWorkspace workspace =
            Interlocked.Exchange(ref _spare, null) ?? new EncodingWorkspace(_vocabulary, _merges, _words);
        workspace.Ids.Clear();
        return workspace;
    }

    private ReadOnlySpan<char> Normalize(EncodingWorkspace workspace, ReadOnlySpan<char> text) =>
        _normalizes ? workspace.Normalizer.Normalize(text) : text;

    private void Release(EncodingWorkspace workspace)
    {
        if (workspace.IsWorthKeeping) Volatile.Write(ref _spare, workspace);
    }
}
