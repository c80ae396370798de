namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>Estimates the time left: cells differ by far, so each is expected to go on at its own pace.</summary>
internal sealed class TimeLeft(IEnumerable<string> cells, int promptsPerCell)
{
    private readonly Dictionary<string, (int Answers, double Seconds)> _done =
        cells.ToDictionary(cell => cell, _ => (0, 0.0));

    /// <summary>Answers still to be made.</summary>
    public int AnswersLeft => _done.Values.Sum(cell => promptsPerCell - cell.Answers);

    public void Note(string cell, double seconds) =>
        _done[cell] = (_done[cell].Answers + 1, _done[cell].Seconds + seconds);

    /// <summary>
    /// Null until an answer is there; a cell without one is expected to be as fast as the others on average.
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
