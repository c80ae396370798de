using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;
using EngineTokenizer = PlannedDiffusion.Tokenization.Tokenizer;

namespace PlannedDiffusion.Extensions.AI;

/// <summary>
/// A checkpoint's tokenizer as .NET applications count with it. Text is untrusted: a tag in it, such as
/// <c>&lt;|im_end|&gt;</c>, is encoded as plain characters, as in a message. Decoding gives special tokens by their
/// names. Safe for concurrent use.
/// <para>
/// Without normalization text is encoded as it stands, and indices are those of the given text; with it, they are those
/// of the normalised text. Without pre-tokenization nothing is encoded: the model knows no such tokens.
/// </para>
/// <para>
/// A token may be a part of a character. Its offset is then that of the whole character, which several tokens share. An
/// index by a number of tokens never cuts a character.
/// </para>
/// </summary>
public sealed class PlannedDiffusionTokenizer : Tokenizer
{
    private readonly EngineTokenizer _tokenizer;

    /// <summary>Wraps a tokenizer of the engine.</summary>
    public PlannedDiffusionTokenizer(EngineTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        Normalizer = new FormC(tokenizer);
    }

    /// <summary>What text becomes before it is split into words; nothing if the tokenizer does not normalise.</summary>
    public override Normalizer Normalizer { get; }

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return _tokenizer.Decode([.. ids]);
    }

    /// <summary>
    /// The text of tokens, as far as there is room for it. It ends with a whole character, and what is consumed are the
    /// tokens of that text. Bytes that are not UTF-8 become U+FFFD.
    /// </summary>
    public override OperationStatus Decode(
        IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        idsConsumed = charsWritten = 0;
        Decoder decoder = Encoding.UTF8.GetDecoder();
        int count = 0, length = 0;
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> bytes = _tokenizer.BytesOf(id);
            if (length + decoder.GetCharCount(bytes, flush: false) > destination.Length)
                return OperationStatus.DestinationTooSmall;
            length += decoder.GetChars(bytes, destination[length..], flush: false);
            count++;
            if (decoder.GetCharCount([], flush: true) == 0) (idsConsumed, charsWritten) = (count, length);
        }

        int rest = decoder.GetCharCount([], flush: true); // of a character that is not complete
        if (length + rest > destination.Length) return OperationStatus.DestinationTooSmall;
        charsWritten = length + decoder.GetChars([], destination[length..], flush: true);
        idsConsumed = count;
        return OperationStatus.Done;
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        (string encoded, int[] ids) = Encode(text, textSpan, settings);
        var boundaries = new TokenBoundaries(_tokenizer, encoded, ids);
        (int count, int index) = boundaries.First(settings.MaxTokenCount);
        var tokens = new EncodedToken[count];
        for (int i = 0; i < count; i++)
        {
            Range offset = boundaries.Of(i);
            string value = boundaries.IsWhole(i) ? encoded[offset] : _tokenizer.Decode([ids[i]]);
            tokens[i] = new EncodedToken(ids[i], value, offset);
        }

        return Results(tokens, encoded, index, settings);
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        (string encoded, int[] ids) = Encode(text, textSpan, settings);
        (int count, int index) = First(encoded, ids, settings);
        return Results(ids[..count], encoded, index, settings);
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        (string encoded, int[] ids) = Encode(text, textSpan, settings);
        return First(encoded, ids, settings).Tokens;
    }

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText,
        out int tokenCount)
    {
        (string encoded, int[] ids) = Encode(text, textSpan, settings);
        normalizedText = settings.ConsiderNormalization ? encoded : null;
        (tokenCount, int index) = fromEnd
            ? new TokenBoundaries(_tokenizer, encoded, ids).Last(settings.MaxTokenCount)
            : First(encoded, ids, settings);
        return index;
    }

    /// <summary>The most of the first tokens that the settings allow, and where they end.</summary>
    private (int Tokens, int Index) First(string encoded, int[] ids, EncodeSettings settings) =>
        ids.Length <= settings.MaxTokenCount
            ? (ids.Length, encoded.Length)
            : new TokenBoundaries(_tokenizer, encoded, ids).First(settings.MaxTokenCount);

    private (string Text, int[] Ids) Encode(string? text, ReadOnlySpan<char> span, EncodeSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.MaxTokenCount, 1, "maxTokenCount");
        if (!settings.ConsiderPreTokenization)
            throw new NotSupportedException("considerPreTokenization is false; the model's text is split into words.");
        text ??= span.ToString();
        if (settings.ConsiderNormalization) text = _tokenizer.Normalize(text);
        return (text, _tokenizer.EncodeNormalized(text));
    }

    private static EncodeResults<T> Results<T>(
        IReadOnlyList<T> tokens, string encoded, int index, EncodeSettings settings) => new()
        {
            Tokens = tokens,
            NormalizedText = settings.ConsiderNormalization ? encoded : null,
            CharsConsumed = index,
        };

    private sealed class FormC(EngineTokenizer tokenizer) : Normalizer
    {
        public override string Normalize(string original) => tokenizer.Normalize(original);

        public override string Normalize(ReadOnlySpan<char> original) => tokenizer.Normalize(original.ToString());
    }
}
