using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Tokenizers;
using PlannedDiffusion.TestKit;
using Xunit;
using EngineTokenizer = PlannedDiffusion.Tokenization.Tokenizer;

namespace PlannedDiffusion.Extensions.AI.Tests;

/// <summary>The tokenizer of .NET's libraries beside the engine's, on the recorded texts.</summary>
public sealed class PlannedDiffusionTokenizerTests
{
    private readonly EngineTokenizer _engine = EngineTokenizer.Load(TokenizerFiles.Directory);
    private readonly Tokenizer _tokenizer;
    private readonly string[] _texts = [.. TokenizerFiles.ReadLines("cases.jsonl")
        .Select(line => TokenizerFiles.Text(line.GetProperty("text")))];

    public PlannedDiffusionTokenizerTests() => _tokenizer = new PlannedDiffusionTokenizer(_engine);

    [Fact]
    public void IdsAreTheRecordedOnesOfUntrustedText()
    {
        foreach (JsonElement line in TokenizerFiles.ReadLines("cases.jsonl"))
        {
            string text = TokenizerFiles.Text(line.GetProperty("text"));
            int[] ids = TokenizerFiles.Ids(line.GetProperty("plain_ids"));
            Assert.Equal(ids, _tokenizer.EncodeToIds(text));
            Assert.Equal(ids, _tokenizer.EncodeToIds(text.AsSpan()));
            Assert.Equal(ids.Length, _tokenizer.CountTokens(text));
            Assert.Equal(ids.Length, _tokenizer.CountTokens(text.AsSpan()));
            int[] trusted = TokenizerFiles.Ids(line.GetProperty("ids"));
            Assert.Equal(TokenizerFiles.Text(line.GetProperty("decoded")), _tokenizer.Decode(trusted));
        }
    }

    [Fact]
    public void TagsInTextAreText()
    {
        int end = _engine.AddedTokenId("<|im_end|>")!.Value;
        Assert.DoesNotContain(end, _tokenizer.EncodeToIds("a<|im_end|><async>"));
        Assert.Equal("a<|im_end|><async>", _tokenizer.Decode(_tokenizer.EncodeToIds("a<|im_end|><async>")));
        Assert.Equal("<|im_end|>", _tokenizer.Decode([end]));
    }

    /// <summary>Together tokens cover the text, in order, and each has the bytes of its characters.</summary>
    [Fact]
    public void OffsetsAreThoseOfTheNormalisedText()
    {
        int parts = 0;
        foreach (string text in _texts)
        {
            IReadOnlyList<EncodedToken> tokens = _tokenizer.EncodeToTokens(text, out string? normalized);
            Assert.Equal(_engine.Normalize(text), normalized ?? "");
            Assert.Equal(_engine.Encode(text), tokens.Select(token => token.Id));
            int covered = 0;
            foreach (EncodedToken token in tokens)
            {
                (int start, int length) = token.Offset.GetOffsetAndLength(normalized!.Length);
                bool part = start < covered || Bytes(normalized[token.Offset]) != _engine.BytesOf(token.Id).Length;
                Assert.InRange(start, Math.Max(0, covered - 2), covered);
                if (part) parts++;
                else Assert.Equal(normalized[token.Offset], token.Value);
                covered = start + length;
            }

            Assert.Equal(normalized?.Length ?? 0, covered);
        }

        Assert.True(parts > 10); // of characters whose bytes are several tokens
    }

    [Fact]
    public void AnIndexCutsBetweenCharacters()
    {
        foreach (string text in _texts.Where(text => text.Length is > 0 and < 200))
        {
            string normalized = _engine.Normalize(text);
            int[] ids = _engine.Encode(text);
            foreach (int most in Enumerable.Range(1, ids.Length + 1))
            {
                int index = _tokenizer.GetIndexByTokenCount(text, most, out string? processed, out int count);
                Assert.Equal(normalized, processed);
                Assert.Equal(Decode(ids[..count]), WellFormed(normalized[..index]));
                AssertMost(count, Math.Min(most, ids.Length), taken => ids[..taken]);
                IReadOnlyList<int> first = _tokenizer.EncodeToIds(text, most, out processed, out int consumed);
                Assert.Equal(ids[..count], first);
                Assert.Equal((normalized, index), (processed, consumed));

                index = _tokenizer.GetIndexByTokenCountFromEnd(text, most, out processed, out count);
                Assert.Equal(normalized, processed);
                Assert.Equal(Decode(ids[^count..]), WellFormed(normalized[index..]));
                AssertMost(count, Math.Min(most, ids.Length), taken => ids[^taken..]);
            }

            int all = _tokenizer.GetIndexByTokenCount(text, int.MaxValue, out _, out int length);
            Assert.Equal((normalized.Length, ids.Length), (all, length));
            Assert.Equal(0, _tokenizer.GetIndexByTokenCountFromEnd(text, int.MaxValue, out _, out _));
        }

        // No number between was possible: one token more would end within a character.
        void AssertMost(int count, int most, Func<int, int[]> take)
        {
            for (int more = count + 1; more <= most; more++)
                Assert.Contains('\uFFFD', Decode(take(more)));
        }
    }

    [Fact]
    public void WithoutNormalizationIndicesAreThoseOfTheGivenText()
    {
        const string text = "cafe\u0301 noir"; // five characters, which Form C makes four
        int index = _tokenizer.GetIndexByTokenCount(
            text, 100, out string? processed, out int count, considerNormalization: false);
        Assert.Equal((text.Length, null), (index, processed));
        Assert.Equal(count, _tokenizer.CountTokens(text, considerNormalization: false));
        Assert.Equal(_engine.EncodeNormalized(text), _tokenizer.EncodeToIds(text, considerNormalization: false));
        Assert.Equal(text, _tokenizer.Decode(_tokenizer.EncodeToIds(text, considerNormalization: false)));
        Assert.Equal("caf\u00E9 noir", _tokenizer.Normalizer!.Normalize(text));
        Assert.Equal("caf\u00E9 noir", _tokenizer.Normalizer!.Normalize(text.AsSpan()));
        Assert.Equal("caf\u00E9 noir", _tokenizer.Decode(_tokenizer.EncodeToIds(text)));
    }

    [Fact]
    public void DecodingIntoMemoryEndsWithAWholeCharacter()
    {
        foreach (string text in _texts.Where(text => text.Length < 100))
        {
            int[] ids = _engine.Encode(text);
            string whole = _engine.Decode(ids);
            foreach (int room in Enumerable.Range(0, whole.Length + 2))
            {
                char[] memory = new char[room];
                OperationStatus status = _tokenizer.Decode(ids, memory, out int consumed, out int written);
                Assert.Equal(
                    room >= whole.Length ? OperationStatus.Done : OperationStatus.DestinationTooSmall, status);
                Assert.Equal(whole[..written], new string(memory, 0, written));
                Assert.Equal(_engine.Decode(ids.AsSpan(0, consumed)), new string(memory, 0, written));
                if (status == OperationStatus.Done) Assert.Equal(ids.Length, consumed);
            }
        }

        int[] half = [_engine.Encode("\U0001F600")[0]]; // the first bytes of a character
        Assert.Equal(OperationStatus.DestinationTooSmall, _tokenizer.Decode(half, [], out _, out _));
        char[] one = new char[1];
        Assert.Equal(OperationStatus.Done, _tokenizer.Decode(half, one, out int ended, out int length));
        Assert.Equal((1, 1, '\uFFFD'), (ended, length, one[0]));
    }

    [Fact]
    public void WhatTheModelDoesNotKnowIsRefused()
    {
        Assert.Throws<NotSupportedException>(() => _tokenizer.CountTokens("a b", considerPreTokenization: false));
        Assert.Throws<ArgumentOutOfRangeException>(() => _tokenizer.EncodeToIds("a", 0, out _, out _));
        Assert.Throws<ArgumentNullException>(() => _tokenizer.Decode(null!));
        Assert.Throws<ArgumentNullException>(() => new PlannedDiffusionTokenizer(null!));
        Assert.Empty(_tokenizer.EncodeToIds(""));
        Assert.Equal("", _tokenizer.Decode([]));
    }

    private string Decode(int[] ids) => _engine.Decode(ids);

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
}
