using System.CommandLine;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Requests;

/// <summary>The options that select the requests to measure: prompts, or recorded requests.</summary>
internal sealed class RequestOptions
{
    private readonly Option<string?> _prompts = new("--prompts")
    {
        Description = "File with a prompt on each line.",
        HelpName = "file",
    };

    private readonly Option<string?> _plan = new("--plan")
    {
        Description = "A plan for every prompt, for random weights. Autoregressive answers take its length.",
        HelpName = "plan",
    };

    private readonly Option<string?> _workload = new("--workload")
    {
        Description = "File of recorded requests to replay with their lengths, as JSON lines. Fields: prompt_tokens; " +
            "plan_tokens or total_tokens; rounds, a list of span lengths for each round; and, optionally, steps, " +
            "the denoise steps of each round.",
        HelpName = "file",
    };

    public void AddTo(Command command)
    {
        command.Add(_prompts);
        command.Add(_plan);
        command.Add(_workload);
    }

    /// <summary>
    /// The requests, and the room that they need. The engine must know the room when it loads. The requests need the
    /// engine's tokenizer, so they are made afterwards.
    /// </summary>
    /// <param name="parse">The command line.</param>
    /// <param name="given">Prompts from elsewhere on the command line.</param>
    /// <param name="ways">The options of all decoders. The requests have the first of them.</param>
    public (RunnerRoom Room, Func<PlannedDiffusionEngine, IEnumerable<MeasuredRequest>> Requests) Read(
        ParseResult parse, IEnumerable<string> given, params GenerationOptions[] ways)
    {
        GenerationOptions options = ways[0];
        var room = new RunnerRoom(ways);
        string[] prompts = [.. given, .. Lines(parse.GetValue(_prompts))];
        string? plan = parse.GetValue(_plan);
        if (parse.GetValue(_workload) is { } path)
        {
            if (prompts.Length > 0 || plan is not null)
                throw new UsageException("--workload has its own prompts and plans: leave out others");
            RecordedRequest[] requests = RecordedRequest.Read(path);
            room = room with { Least = requests.Max(one => one.Length) };
            return (room, engine => requests.Select(request => request.ToRequest(engine, options)));
        }

        if (prompts.Length == 0) throw new UsageException("no prompt: give a prompt, --prompts or --workload");
        if (prompts.Any(string.IsNullOrWhiteSpace)) throw new UsageException("a prompt is empty");
        IReadOnlyList<PlanItem>? items = plan is null ? null : PlanOption.Parse(plan);
        return (room, _ => prompts.Select(prompt => new MeasuredRequest(
            prompt,
            GenerationRequest.FromUser(prompt, options) with { Plan = items },
            items is null ? null : (int)Math.Min(int.MaxValue, items.Sum(item => (long)item.Length)))));
    }

    private static string[] Lines(string? path)
    {
        if (path is null) return [];
        string text = InputText.ReadFile(path, "--prompts");
        string[] lines =
            [.. InputText.Lines(text).Select(line => line.Text).Where(line => !string.IsNullOrWhiteSpace(line))];
        return lines.Length > 0 ? lines : throw new InvalidDataException($"{path}: no prompts");
    }
}
