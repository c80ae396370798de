namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>A table of text with fitting columns. A column is right-aligned if its title ends with '>'.</summary>
internal sealed class TextTable(params string[] titles)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(cell => VisibleText.OneLine(cell))]);

    public void Write(TextWriter writer)
    {
        string[] heads = [.. titles.Select(title => title.TrimEnd('>'))];
        int[] widths = [.. heads.Select((head, column) =>
            Math.Max(head.Length, _rows.Count == 0 ? 0 : _rows.Max(row => row[column].Length)))];
        foreach (string[] row in _rows.Prepend(heads))
        {
            IEnumerable<string> cells = row.Select((cell, column) =>
                titles[column].EndsWith('>') ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            writer.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}
