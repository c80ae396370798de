using PlannedDiffusion.Cli.Generate;
using PlannedDiffusion.Engine;
using Spectre.Console;
using Spectre.Console.Rendering;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Generate;

public sealed class SpanBoardTests
{
    private readonly SpanBoard _board = new();

    [Fact]
    public void ShowsThePlanWhileItIsWritten()
    {
        Assert.Equal(["planning", ""], Render());
        _board.Apply(new PlanDelta(0, "<promise>-<topic>his"));
        _board.Apply(new PlanDelta(0, "tory 3</topic><promise>-<topic>arts"));
        Assert.Equal(["planning history 3, arts", ""], Render());
    }

    [Fact]
    public void SpansFillInSideBySide()
    {
        _board.Apply(new PlanReady(0, [new PlanItem("history", 4), new PlanItem("[arts]", 2)], PlannedSteps: 4));
        Assert.Equal(
            [
                "round 1, step 0 of 4",
                "history  ────────────     0/4  ░░░░",
                "[arts]   ────────────     0/2  ░░",
            ],
            Render());

        _board.Apply(new SpanProgress(0, 0, Step: 1, Revealed: 1, Length: 4, "░ was[1]░"));
        _board.Apply(new SpanCompleted(0, 1, Step: 1, "fine"));
        Assert.Equal(
            [
                "round 1, step 1 of 4",
                "history  ━━━─────────     1/4  ░ was[1]░",
                "[arts]   ━━━━━━━━━━━━     2/2  fine",
            ],
            Render());
    }

    /// <summary>Tags, names of emojis and format items are plain text.</summary>
    [Fact]
    public void TextOfTheModelIsNotMarkup()
    {
        _board.Apply(new PlanDelta(0, "[bold]:heart: {0}"));
        Assert.Equal(["planning [bold]:heart: {0}", ""], Render());
        _board.Apply(new PlanReady(0, [new PlanItem(":star:[/]", 1)], PlannedSteps: 1));
        _board.Apply(new SpanProgress(0, 0, Step: 1, Revealed: 1, Length: 1, "[red]:heart:[/] {0} ]]"));
        Assert.Equal(
            ["round 1, step 1 of 1", ":star:[/]  ━━━━━━━━━━━━     1/1  [red]:heart:[/] {0} ]]"],
            Render());
    }

    [Fact]
    public void ALaterRoundReplacesTheEarlierOne()
    {
        _board.Apply(new PlanReady(0, [new PlanItem("history", 4)], PlannedSteps: 4));
        _board.Apply(new SpanCompleted(0, 0, Step: 4, "long ago"));
        _board.Apply(new PlanDelta(1, "<promise>-<topic>arts"));
        Assert.Equal(["planning arts", ""], Render());
        _board.Apply(new PlanReady(1, [new PlanItem("arts", 0)], PlannedSteps: 1));
        Assert.Equal(["round 2, step 0 of 1", "arts  ━━━━━━━━━━━━     0/0"], Render());
    }

    [Fact]
    public void PlainDiffusionIsOneSpan()
    {
        _board.Apply(new SpanProgress(0, 0, Step: 3, Revealed: 1, Length: 2, "a░"));
        Assert.Equal(["step 3", "answer  ━━━━━━──────     1/2  a░"], Render());
    }

    /// <summary>Drafted parts of a plan have another colour than the others.</summary>
    [Fact]
    public void DraftedPartsOfAPlanAreDim()
    {
        foreach ((string text, bool drafted) in (IEnumerable<(string, bool)>)[
            ("<promise>-<topic>", true), ("history", false), (" ", true), ("3", false), ("</topic>", true),
            ("<promise>-<topic>", true), ("arts", false)])
            _board.Apply(new PlanDelta(0, text) { Drafted = drafted });
        Assert.Equal(["planning history 3, arts", ""], Render());
        using var writer = new StringWriter();
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) };
        var options = RenderOptions.Create(AnsiConsole.Create(settings));
        Assert.Equal(
            [("planning history", Color.Grey), (" ", Color.Grey37), ("3", Color.Grey), (", ", Color.Grey37),
                ("arts", Color.Grey)],
            Runs(_board.Render().Render(options, 80)));

        // Words of one colour are segments of their own.
        static List<(string Text, Color Color)> Runs(IEnumerable<Segment> segments)
        {
            var runs = new List<(string Text, Color Color)>();
            foreach (Segment one in segments.TakeWhile(one => !one.IsLineBreak).Where(one => one.Text.Length > 0))
            {
                Color color = one.Style.Foreground;
                if (runs is [.., var last] && last.Color == color) runs[^1] = (last.Text + one.Text, color);
                else runs.Add((one.Text, color));
            }

            return runs;
        }
    }

    private string[] Render()
    {
        using var writer = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 80;
        console.Write(_board.Render());
        return [.. writer.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
    }
}
