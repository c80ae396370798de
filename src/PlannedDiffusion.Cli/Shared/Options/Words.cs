using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The words that an option accepts, and their values.</summary>
internal sealed class Words<T>
{
    private readonly (T Value, string Word)[] _all;

    public Words(params (T Value, string Word)[] all) => _all = all;

    /// <summary>All words, in their order.</summary>
    public string[] All => [.. _all.Select(known => known.Word)];

    /// <summary>The value of a word. It must be one of them.</summary>
    public T Value(string word) => _all.First(known => known.Word == word).Value;

    /// <summary>The word for a value.</summary>
    public string Of(T value) => _all.First(known => EqualityComparer<T>.Default.Equals(known.Value, value)).Word;

    /// <summary>The value of an item in an option's list.</summary>
    /// <exception cref="UsageException">The item is not one of the words.</exception>
    public T Item(string option, string word) => _all.Any(known => known.Word == word)
        ? Value(word) : throw new UsageException($"{option} '{word}': choose from {this}");

    public override string ToString() => string.Join(", ", All);
}
