using PlannedDiffusion.Engine;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PlannedDiffusion.Cli.Generate;

/// <summary>The live view of a request: the plan while it is written, then a row for each span of the round.</summary>
internal sealed class SpanBoard
{
    private const int BarWidth = 12;

    // Styles, not markup: the model's text could contain markup, and a :name: in it would become an emoji.
    private static readonly Style Bold = new(decoration: Decoration.Bold), Faint = new(Color.Grey),
        Masked = new(Color.Grey37), Drafted = new(Color.Grey37), Doing = new(Color.Yellow), Done = new(Color.Green);

    private readonly List<(string Text, bool Drafted)> _plan = [];
    private SpanRow[] _rows = [];
    private int _round;
    private int _plannedSteps;

    /// <summary>Denoise steps done in the round.</summary>
    public int Step { get; private set; }

    public void Apply(GenerationEvent happened)
    {
        switch (happened)
        {
            case PlanDelta delta:
                if (delta.Round != _round) Begin(delta.Round, []);
                Append(delta);
                break;
            case PlanReady plan:
                Begin(plan.Round, [.. plan.Spans.Select(span => new SpanRow(span.Topic, span.Length))]);
                _plannedSteps = plan.PlannedSteps;
                break;
            case SpanProgress span:
                if (_rows.Length == 0) _rows = [new SpanRow("answer", span.Length)]; // plain diffusion has no plan
                Step = span.Step;
                _rows[span.Span] = _rows[span.Span] with { Revealed = span.Revealed, Text = span.Text };
                break;
            case SpanCompleted span when _rows.Length > 0:
                Step = span.Step;
                _rows[span.Span] = _rows[span.Span] with { Revealed = _rows[span.Span].Length, Text = span.Text };
                break;
        }
    }

    public IRenderable Render()
    {
        // At least two lines: to redraw one line, the live display moves the cursor up 0 lines, and terminals move 1.
        if (_rows.Length == 0) return new Rows(Plan(), new Paragraph(" "));
        string head = _plannedSteps > 0 ? $"round {_round + 1}, step {Step} of {Math.Max(Step, _plannedSteps)}"
            : $"step {Step}";
        return new Rows(new Paragraph(head, Faint), Spans());
    }

    // Drafted tokens of a plan are darker. The others each took a pass.
    private Paragraph Plan()
    {
        var paragraph = new Paragraph("planning ", Faint);
        bool begun = false;
        foreach ((string piece, bool drafted) in _plan)
        {
            string text = piece.ReplaceLineEndings(" ")
                .Replace("<promise>-<topic>", "", StringComparison.Ordinal)
                .Replace("</topic>", ", ", StringComparison.Ordinal);
            if (!begun) text = text.TrimStart();
            begun |= text.Length > 0;
            paragraph.Append(text, drafted ? Drafted : Faint);
        }

        return paragraph;
    }

    private void Append(PlanDelta delta)
    {
        if (_plan is [.., var last] && last.Drafted == delta.Drafted)
            _plan[^1] = (last.Text + delta.Text, last.Drafted);
        else _plan.Add((delta.Text, delta.Drafted));
    }

    private Grid Spans()
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        grid.AddColumn(new GridColumn { Padding = new Padding(0) });
        foreach (SpanRow row in _rows)
        {
            grid.AddRow(new Paragraph(row.Topic, Bold), Bar(row), Answer(row.Text));
        }

        return grid;
    }

    private void Begin(int round, SpanRow[] rows)
    {
        _round = round;
        _rows = rows;
        _plannedSteps = Step = 0;
        _plan.Clear();
    }

    private static Paragraph Bar(SpanRow row)
    {
        int full = row.Length == 0 ? BarWidth : row.Revealed * BarWidth / row.Length;
        Style color = row.Revealed == row.Length ? Done : Doing;
        string count = $" {row.Revealed}/{row.Length}".PadLeft(8);
        return new Paragraph(new string('━', full), color)
            .Append(new string('─', BarWidth - full), Faint).Append(count);
    }

    // Masks are dimmed, so that the revealed text stands out.
    private static Paragraph Answer(string text)
    {
        var paragraph = new Paragraph();
        for (int start = 0, end; start < text.Length; start = end)
        {
            bool mask = text[start] == GenerationEvent.Unrevealed;
            for (end = start + 1; end < text.Length && (text[end] == GenerationEvent.Unrevealed) == mask;) end++;
            paragraph.Append(text[start..end], mask ? Masked : Style.Plain);
        }

        return paragraph;
    }

    private sealed record SpanRow(string Topic, int Length)
    {
        public int Revealed { get; init; }

        public string Text { get; init; } = new(GenerationEvent.Unrevealed, Length);
    }
}
