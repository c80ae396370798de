using System.CommandLine;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Hub;

namespace PlannedDiffusion.Cli.Pull;

/// <summary><c>pd pull</c>: fetches a model, so that <c>--model</c> finds it by its name.</summary>
internal static class PullCommand
{
    public static Command Create(Terminal terminal) => Create(terminal, () => new HubClient());

    /// <summary>The command with a client of its own for each run.</summary>
    public static Command Create(Terminal terminal, Func<HubClient> client)
    {
        var model = new Argument<string>("model")
        {
            Description = "OWNER/NAME, or OWNER/NAME@REVISION: a branch, a tag or a commit. Without it: main.",
            HelpName = "OWNER/NAME[@REVISION]",
        };
        var command = new CommandWithExamples(
            "pull",
            "Fetch a model from a Hugging Face hub into the cache that its tools share; prints the folder. " +
            "HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN and HF_HUB_OFFLINE mean what they mean to them.",
            ["pd pull dmisrael/planned-diffusion-dream7b-sft-16ep", "pd pull Qwen/Qwen2.5-1.5B-Instruct@main"])
        {
            model,
        };
        command.SetAction((parse, cancellation) => RunAsync(terminal, client, parse.GetValue(model)!, cancellation));
        return command;
    }

    private static async Task RunAsync(
        Terminal terminal, Func<HubClient> client, string typed, CancellationToken cancellation)
    {
        ModelName model = NameOf(typed);
        using HubClient hub = client();
        string folder = "";
        await new PullView(terminal).ShowAsync(
            async progress => folder = await hub.PullAsync(model, progress, cancellation));
        terminal.Out.WriteLine(folder);
    }

    private static ModelName NameOf(string typed)
    {
        try
        {
            return ModelName.Parse(typed);
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
