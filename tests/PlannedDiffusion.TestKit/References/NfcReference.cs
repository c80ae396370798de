using System.Globalization;
using System.Text;

namespace PlannedDiffusion.TestKit;

/// <summary>Normalization Form C by the text of the standard, without optimizations.</summary>
public sealed class NfcReference
{
    private readonly Dictionary<int, int> _classes = [];
    private readonly Dictionary<int, int[]> _decompositions = [];
    private readonly Dictionary<(int, int), int> _compositions = [];

    /// <summary>Reads the library's table of Unicode's data.</summary>
    public NfcReference()
    {
        foreach (string line in File.ReadLines(
            Repository.PathTo("src", "PlannedDiffusion", "Tokenization", "UnicodeCanonical.txt")))
        {
            string[] words = line.Split(' ');
            if (words[0] == "#") continue;
            if (words.Length == 2)
            {
                int[] range = [.. words[0].Split("..").Select(Code)];
                int value = int.Parse(words[1], CultureInfo.InvariantCulture);
                for (int c = range[0]; c <= range[1]; c++) _classes[c] = value;
                continue;
            }

            int[] parts = [.. words[2..].Select(Code)];
            _decompositions[Code(words[0])] = parts;
            if (words[1] == "=") _compositions[(parts[0], parts[1])] = Code(words[0]);
        }

        for (int syllable = 0; syllable < 19 * 21 * 28; syllable++)
        {
            int tail = syllable % 28;
            int[] parts = tail == 0
                ? [0x1100 + syllable / 588, 0x1161 + syllable / 28 % 21]
                : [0xAC00 + syllable - tail, 0x11A7 + tail];
            _decompositions[0xAC00 + syllable] = parts;
            _compositions[(parts[0], parts[1])] = 0xAC00 + syllable;
        }
    }

    /// <summary>The text in Form C.</summary>
    public string Normalize(string text)
    {
        List<int> codes = [.. text.EnumerateRunes().SelectMany(rune => Decompose(rune.Value))];
        for (int pass = 0; pass < codes.Count; pass++)
        {
            for (int i = 1; i < codes.Count; i++)
            {
                int here = ClassOf(codes[i]);
                if (here > 0 && ClassOf(codes[i - 1]) > here) (codes[i - 1], codes[i]) = (codes[i], codes[i - 1]);
            }
        }

        for (int i = 1; i < codes.Count; i++)
        {
            int starter = codes.FindLastIndex(i - 1, code => ClassOf(code) == 0);
            bool blocked = starter < i - 1 && ClassOf(codes[i - 1]) >= ClassOf(codes[i]);
            if (starter < 0 || blocked) continue;
            if (!_compositions.TryGetValue((codes[starter], codes[i]), out int composed)) continue;
            codes[starter] = composed;
            codes.RemoveAt(i--);
        }

        return string.Concat(codes.Select(char.ConvertFromUtf32));
    }

    private static int Code(string hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private int ClassOf(int code) => _classes.GetValueOrDefault(code);

    private IEnumerable<int> Decompose(int code) =>
        _decompositions.TryGetValue(code, out int[]? parts) ? parts.SelectMany(Decompose) : [code];
}
