using System.Text;

namespace PlannedDiffusion.Architecture.Tests.Documents;

/// <summary>A command of a page, as a shell would divide it.</summary>
/// <param name="Line">Its first line, from 1.</param>
/// <param name="Words">Program and arguments.</param>
public sealed record ShellCommand(int Line, IReadOnlyList<string> Words)
{
    private static readonly (string Program, string Project)[] Programs =
        [("pd", "src/PlannedDiffusion.Cli"), ("pd-bench", "bench/PlannedDiffusion.Bench")];

    /// <summary>The commands of a block; lines that end with a backslash go on.</summary>
    public static IEnumerable<ShellCommand> In(CodeBlock block)
    {
        var text = new StringBuilder();
        int first = 0;
        foreach ((int at, string line) in block.Lines.Index())
        {
            if (text.Length == 0) first = at;
            text.Append(line.EndsWith('\\') ? $"{line[..^1]} " : line);
            if (line.EndsWith('\\')) continue;
            IReadOnlyList<string> words = Divide(text.ToString());
            text.Clear();
            if (words.Count > 0) yield return new ShellCommand(block.Line + first, words);
        }
    }

    /// <summary>The words of a line, without quotes and comments.</summary>
    public static IReadOnlyList<string> Divide(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool inside = false;
        char quote = '\0';
        foreach (char letter in line)
        {
            if (quote != '\0' && letter != quote) word.Append(letter);
            else if (quote != '\0') quote = '\0';
            else if (letter is '"' or '\'') (quote, inside) = (letter, true);
            else if (letter == '#' && !inside) break;
            else if (letter == ' ')
            {
                if (inside) words.Add(word.ToString());
                word.Clear();
                inside = false;
            }
            else
            {
                word.Append(letter);
                inside = true;
            }
        }

        if (inside) words.Add(word.ToString());
        return words;
    }

    /// <summary>Which of our programs it starts, and the arguments for it; null if it starts none.</summary>
    public (string Program, string[] Arguments)? Ours()
    {
        string[] words = [.. Words.SkipWhile(word => word.Contains('='))]; // variables
        foreach ((string program, string project) in Programs)
        {
            int at = Array.IndexOf(words, program); // behind a profiler with its own options
            if (at >= 0) return (program, words[(at + 1)..]);
            if (words is ["dotnet", "run", ..] && words.Contains(project))
                return (program, [.. words.SkipWhile(word => word != "--").Skip(1)]);
        }

        return null;
    }
}
