using PlannedDiffusion.Decoding;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>Decodes several sequences at once: each step computes the next pass of all that have one.</summary>
internal static class SharedSteps
{
    /// <summary>Decodes all of them to the end.</summary>
    public static void Run(IModelRunner runner, IReadOnlyList<(Sequence Sequence, IDecoder Decoder)> requests)
    {
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(requests);
        List<IEnumerator<ReadyPass>> running =
            [.. requests.Select(one => one.Decoder.Decode(one.Sequence).GetEnumerator())];
        while (true)
        {
            running.RemoveAll(passes => !passes.MoveNext());
            if (running.Count == 0) return;
            var step = new ForwardStep();
            foreach (IEnumerator<ReadyPass> passes in running) step.Add(passes.Current.Step);
            runner.Forward(step);
        }
    }
}
