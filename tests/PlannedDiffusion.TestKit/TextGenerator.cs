using System.Text;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// Makes texts from numbers, with characters that are difficult for tokenizers: combining marks, syllables that
/// compose, white space, digits of many scripts, characters beyond 16 bits, parts of tags.
/// </summary>
public static class TextGenerator
{
    private static readonly (int First, int Last)[] Ranges =
    [
        (0x41, 0x5A), (0x61, 0x7A), (0x61, 0x66), (0x30, 0x39), (0x20, 0x20), (0x09, 0x0D), (0x20, 0x2F), (0x3A, 0x40),
        (0x80, 0xFF), (0x17F, 0x17F), (0x300, 0x345), (0x3B1, 0x3C9), (0x5B0, 0x5C7), (0x660, 0x669), (0x928, 0x93C),
        (0x1100, 0x1112), (0x1161, 0x1175), (0x11A7, 0x11C2), (0x1E00, 0x1FFF), (0x2000, 0x200F), (0x2028, 0x202F),
        (0x2126, 0x212B), (0x2160, 0x2188), (0x3000, 0x30FF), (0x4E00, 0x4F00), (0xAC00, 0xAC40), (0xF900, 0xFA20),
        (0xFFFD, 0xFFFD), (0x11099, 0x110BA), (0x1D157, 0x1D172), (0x1D7CE, 0x1D7FF), (0x1F600, 0x1F64F),
        (0x2F800, 0x2F810),
    ];

    private static readonly string[] Pieces =
        ["'s", "'LL", "'re", "\r\n", "  ", "the ", "ing", "<async>", "</async>", "<|im_end|>", "[PAD]", "</topic>"];

    /// <summary>One piece of text for each number.</summary>
    /// <param name="numbers">Any numbers, such as those of a property test.</param>
    /// <param name="largest">The largest code of a character.</param>
    public static string Text(IEnumerable<int> numbers, int largest = 0x10FFFF)
    {
        (int First, int Last)[] ranges = [.. Ranges.Where(range => range.Last <= largest)];
        var text = new StringBuilder();
        foreach (int number in numbers)
        {
            uint value = (uint)number * 2654435761;
            uint choice = value >> 8;
            if (value % 16 == 0)
            {
                text.Append(Pieces[choice % Pieces.Length]);
                continue;
            }

            (int first, int last) = ranges[choice % ranges.Length];
            text.Append(char.ConvertFromUtf32(first + (int)(choice / ranges.Length % (last - first + 1))));
        }

        return text.ToString();
    }
}
