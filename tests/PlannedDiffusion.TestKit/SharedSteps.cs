using PlannedDiffusion.Decoding;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>Decodes several sequences at once: each step computes the next pass of all that have one.</summary>
public static class SharedSteps
{
    /// <summary>Decodes all of them to the end.</summary>
    public static void Run(IModelRunner runner, IReadOnlyList<(Sequence Sequence, IDecoder Decoder)> requests)
    {
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(requests);
        List<(Sequence Sequence, IEnumerator<DecodingStage> Passes)> running =
            [.. requests.Select(one => (one.Sequence, one.Decoder.Decode(one.Sequence).GetEnumerator()))];
        while (true)
        {
            running.RemoveAll(one => !one.Passes.MoveNext());
            if (running.Count == 0) return;
            var step = new ForwardStep();
            foreach ((Sequence sequence, _) in running) step.Add(sequence.Pass);
            runner.Forward(step);
        }
    }
}
