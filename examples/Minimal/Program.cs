using PlannedDiffusion.Engine;

// Minimal [FOLDER [QUESTION]]: answers a question with the checkpoint in a folder.
using var engine = PlannedDiffusionEngine.Load(args.ElementAtOrDefault(0) ?? "models/demo");
var request = GenerationRequest.FromUser(args.ElementAtOrDefault(1) ?? "What is gold?");

await foreach (GenerationEvent happened in engine.GenerateAsync(request))
{
    if (happened is PlanReady plan) Console.WriteLine(string.Join(", ", plan.Spans.Select(span => span.Topic)));
    if (happened is not Completed { Result: var result }) continue;
    Console.WriteLine($"{result.Text} ({result.CriticalPath.Passes.Length} passes)");
}
