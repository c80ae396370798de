using System.Diagnostics;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Bench.Serving;

/// <summary>Clients of an engine that ask questions, one after the other.</summary>
/// <param name="engine">The engine.</param>
/// <param name="questions">The questions. Each client begins at another one.</param>
internal sealed class ServeLoad(PlannedDiffusionEngine engine, IReadOnlyList<string> questions)
{
    /// <summary>Asks so many questions, at least, of so many clients.</summary>
    /// <returns>The answers, and the time in which they came.</returns>
    public async Task<(IReadOnlyList<ServedAnswer> Answers, TimeSpan Time)> RunAsync(
        GenerationOptions options, int clients, int answers, CancellationToken cancellation)
    {
        int asked = 0;
        long start = Stopwatch.GetTimestamp();
        ServedAnswer[][] all = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(
            async () =>
            {
                var own = new List<ServedAnswer>();
                while (Interlocked.Increment(ref asked) is var number && number <= answers)
                    own.Add(await AskAsync(options, (number - 1) % questions.Count, cancellation));
                return own.ToArray();
            },
            cancellation)));
        return ([.. all.SelectMany(own => own)], Stopwatch.GetElapsedTime(start));
    }

    private async Task<ServedAnswer> AskAsync(
        GenerationOptions options, int question, CancellationToken cancellation)
    {
        var request = GenerationRequest.FromUser(questions[question], options);
        long asked = Stopwatch.GetTimestamp();
        TimeSpan? plan = null, first = null;
        await foreach (GenerationEvent told in engine.GenerateSettledAsync(request, cancellationToken: cancellation))
        {
            TimeSpan now = Stopwatch.GetElapsedTime(asked);
            if (told is PlanReady) plan ??= now;
            if (told is TextSettled) first ??= now;
        }

        TimeSpan whole = Stopwatch.GetElapsedTime(asked);
        return new ServedAnswer(question, plan, first ?? whole, whole);
    }
}
