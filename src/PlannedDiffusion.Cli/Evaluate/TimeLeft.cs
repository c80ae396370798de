namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>Estimates the time left from the mean time of each cell, because the cells differ widely.</summary>
internal sealed class TimeLeft(IEnumerable<string> cells, int promptsPerCell)
{
    private readonly Dictionary<string, (int Answers, double Seconds)> _done =
        cells.ToDictionary(cell => cell, _ => (0, 0.0));

    /// <summary>Number of answers still to be made.</summary>
    public int AnswersLeft => _done.Values.Sum(cell => promptsPerCell - cell.Answers);

    public void Note(string cell, double seconds) =>
        _done[cell] = (_done[cell].Answers + 1, _done[cell].Seconds + seconds);

    /// <summary>
    /// The time left; null before the first answer. A cell without answers counts with the average of the others.
    /// </summary>
    public TimeSpan? Estimate()
    {
        (int Answers, double Seconds)[] known = [.. _done.Values.Where(cell => cell.Answers > 0)];
        if (known.Length == 0) return null;
        double usual = known.Average(cell => cell.Seconds / cell.Answers);
        double seconds = _done.Values.Sum(cell =>
            (promptsPerCell - cell.Answers) * (cell.Answers > 0 ? cell.Seconds / cell.Answers : usual));
        return TimeSpan.FromSeconds(seconds);
    }
}
