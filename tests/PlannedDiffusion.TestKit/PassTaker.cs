using PlannedDiffusion.Decoding;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>Computes passes in random parts, as a scheduler might.</summary>
internal sealed class PassTaker(Random random)
{
    private readonly ForwardStep _step = new();

    /// <summary>Steps in which something of a pass was left.</summary>
    public int Parts { get; private set; }

    /// <summary>Passes of which nothing was computed.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Computes a pass until its decoder can go on.</summary>
    public void Compute(ReadyPass pass, Sequence sequence, IModelRunner runner)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        ArgumentNullException.ThrowIfNull(runner);
        while (true)
        {
            pass.Parts.TakeNothing();
            if (pass.Parts.IsGuess && random.Next(4) == 0)
            {
                LeftOut++;
                return;
            }

            Take(pass.Parts);
            if (pass.Parts.Taken == 0) continue;
            _step.Clear();
            pass.Parts.AddTo(_step);
            Parts += _step.RowCount < pass.Step.RowCount ? 1 : 0;
            DecodingPass whole = sequence.Record.Cut(pass.Parts.Taken, before: !pass.Parts.IsComplete);
            runner.Forward(_step);
            if (pass.Parts.IsComplete) return;
            sequence.Record.Add(whole with { Rows = whole.Rows - pass.Parts.Taken });
            pass.Parts.GoOn();
        }
    }

    private void Take(PassSelection selection)
    {
        selection.TakeLead(random.Next(8), int.MaxValue);
        if (selection.Lead > 0) return;
        if (selection.Core > 0 && random.Next(2) == 0) selection.TakeCore();
        for (int unit = 0; unit < selection.Count; unit++)
        {
            if (random.Next(2) == 0) selection.Take(unit);
        }
    }
}
