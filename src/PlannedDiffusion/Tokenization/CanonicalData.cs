using System.Globalization;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// Canonical combining classes, decompositions and compositions of Unicode. The runtime takes them from ICU: on a
/// machine without ICU <c>string.Normalize</c> returns its input. Ids must not depend on the machine.
/// </summary>
internal sealed class CanonicalData
{
    private const string Resource = "UnicodeCanonical.txt";
    private const int FirstSyllable = 0xAC00, FirstLead = 0x1100, FirstVowel = 0x1161, BeforeFirstTail = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28, Syllables = Leads * Vowels * Tails;

    // No character from here on decomposes, combines or has a class.
    private const int Limit = 0x30000;

    private readonly Dictionary<int, int[]> _decompositions = [];
    private readonly Dictionary<long, int> _compositions = [];
    private readonly byte[] _classes = new byte[Limit];
    private readonly bool[] _unsettled = new bool[Limit];

    private CanonicalData()
    {
        using Stream stream = typeof(CanonicalData).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {Resource}.");
        using var reader = new StreamReader(stream);
        var composable = new List<(int Character, int First, int Second)>();
        while (reader.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            if (words[0] == "#") continue;
            if (words.Length == 2) AddClasses(words[0].Split(".."), byte.Parse(words[1], CultureInfo.InvariantCulture));
            else if (words[1] == "=") composable.Add((Code(words[0]), Code(words[2]), Code(words[3])));
            else AddDecomposition(Code(words[0]), [.. words[2..].Select(Code)]);
        }

        foreach ((int character, int first, int second) in composable) AddComposition(character, first, second);
        // A part of a decomposition may decompose in turn. Its line may stand anywhere.
        foreach ((int character, int[] parts) in _decompositions.ToArray()) _decompositions[character] = Flatten(parts);
        for (int vowel = 0; vowel < Vowels; vowel++) _unsettled[FirstVowel + vowel] = true;
        for (int tail = 1; tail < Tails; tail++) _unsettled[BeforeFirstTail + tail] = true;
        // Since Unicode 16 the first part may combine with the character before it.
        foreach ((int character, int[] parts) in _decompositions) _unsettled[character] |= _unsettled[parts[0]];
    }

    public static CanonicalData Instance { get; } = new();

    /// <summary>True if the character neither changes nor combines with the one before it.</summary>
    public bool IsSettled(int character) => character >= Limit || !_unsettled[character];

    public int ClassOf(int character) => character < Limit ? _classes[character] : 0;

    /// <summary>Full decomposition into <paramref name="parts"/> (room for four); returns how many.</summary>
    public int Decompose(int character, Span<int> parts)
    {
        int syllable = character - FirstSyllable;
        if ((uint)syllable < Syllables)
        {
            parts[0] = FirstLead + syllable / (Vowels * Tails);
            parts[1] = FirstVowel + syllable / Tails % Vowels;
            parts[2] = BeforeFirstTail + syllable % Tails;
            return syllable % Tails == 0 ? 2 : 3;
        }

        if (!_decompositions.TryGetValue(character, out int[]? found))
        {
            parts[0] = character;
            return 1;
        }

        found.CopyTo(parts);
        return found.Length;
    }

    /// <summary>The character that two compose to, or -1.</summary>
    public int Compose(int first, int second)
    {
        int lead = first - FirstLead, vowel = second - FirstVowel;
        if ((uint)lead < Leads && (uint)vowel < Vowels) return FirstSyllable + (lead * Vowels + vowel) * Tails;
        int syllable = first - FirstSyllable, tail = second - BeforeFirstTail;
        if ((uint)syllable < Syllables && syllable % Tails == 0 && tail is > 0 and < Tails) return first + tail;
        return _compositions.TryGetValue(Key(first, second), out int composed) ? composed : -1;
    }

    private static long Key(int first, int second) => (long)first << 32 | (uint)second;

    private static int Code(string hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private void AddClasses(string[] range, byte value)
    {
        for (int character = Code(range[0]); character <= Code(range[1]); character++)
        {
            _classes[character] = value;
            _unsettled[character] = true;
        }
    }

    private void AddDecomposition(int character, int[] parts)
    {
        _decompositions[character] = parts;
        _unsettled[character] = true;
    }

    private void AddComposition(int character, int first, int second)
    {
        _decompositions[character] = [first, second];
        _compositions[Key(first, second)] = character;
        _unsettled[second] = true;
    }

    private int[] Flatten(int[] parts) =>
        [.. parts.SelectMany(part => _decompositions.TryGetValue(part, out int[]? inner) ? Flatten(inner) : [part])];
}
