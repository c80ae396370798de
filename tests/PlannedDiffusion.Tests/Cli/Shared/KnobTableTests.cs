using System.CommandLine;
using System.Reflection;
using PlannedDiffusion.Bench;
using PlannedDiffusion.Cli;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Tests.Bench;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Shared;

/// <summary>Each option that says how to decode sets a property, and is named where its value is refused.</summary>
public sealed class KnobTableTests(CliModel model) : IClassFixture<CliModel>
{
    private static readonly Type[] Ways =
    [
        typeof(PlannedOptions), typeof(AutoregressiveOptions), typeof(DiffusionOptions), typeof(FastDllmOptions),
        typeof(AutoOptions),
    ];

    private static readonly string[][] Commands =
    [
        ["pd", "generate", "a"], ["pd", "profile", "a"], ["pd", "eval", "nothing.json"],
        ["pd-bench", "decode", "--prompt", "a"], ["pd-bench", "cuda", "start"],
    ];

    /// <summary>By the parser, by the command or by the library, in every command that has the option.</summary>
    [Fact]
    public async Task ABadValueIsToldByTheOptionThatWasTyped()
    {
        int refused = 0;
        foreach (Knob knob in KnobTable.All)
        {
            foreach (string[] path in Commands.Where(path => Has(path, knob.Option)))
            {
                string[] folder = path[1] == "cuda" ? [] : ["-m", model.Path];
                CliRun run = await BenchRun.OfProgram([.. path, .. folder, .. Bad(knob)]);
                run.AssertFails(Application.Usage, $"{path[0]}: {knob.Option}");
                refused++;
            }
        }

        Assert.InRange(refused, 90, 200);
    }

    /// <summary>Also one that the way to decode has no use for.</summary>
    [Theory]
    [InlineData("ar", "--max-spans", "0")]
    [InlineData("ar", "--block-length", "0")]
    [InlineData("diffusion", "--length-scale", "0")]
    [InlineData("fast-dllm", "--steps-ratio", "2")]
    public async Task ABadValueIsToldHoweverItIsDecoded(string decoder, string option, string value) =>
        (await CliRun.Of("generate", "a", "-m", model.Path, "--decoder", decoder, option, value))
            .AssertFails(Application.Usage, $"pd: {option} is {value}; it must be ");

    [Theory]
    [InlineData("ar", "--no-topics")]
    [InlineData("diffusion", "--no-sync")]
    public async Task AnAblationOfPlansNeedsPlans(string decoder, string option) =>
        (await CliRun.Of("generate", "a", "-m", model.Path, "--decoder", decoder, option))
            .AssertFails(Application.Usage, $"pd: {option} needs --decoder planned, sparse or dense");

    /// <summary>A path that no record has would name an option that nobody typed.</summary>
    [Fact]
    public void EveryPropertyIsThere()
    {
        foreach (string path in KnobTable.All.SelectMany(knob => knob.Properties))
        {
            bool limits = typeof(RunnerLimits).GetProperty(path) is not null;
            Assert.True(limits || Exists(path), $"{path} is no property.");
        }

        static bool Exists(string path) => path.Split('.') switch
        {
            ["Decoding"] => true,
            ["Decoding", "Unmasking", var number] => new[]
            {
                typeof(ThresholdUnmasking), typeof(CertainUnmasking), typeof(FactorUnmasking),
            }.Any(policy => policy.GetProperty(number) is not null),
            ["Decoding", .. var rest] => Ways.Any(way => Follow(way, rest)),
            var rest => Follow(typeof(GenerationOptions), rest),
        };

        static bool Follow(Type type, string[] path) => path is not [var first, .. var rest]
            || (type.GetProperty(first) is { } property && Follow(property.PropertyType, rest));
    }

    /// <summary>What a request may say of its decoding, a command line may say.</summary>
    [Fact]
    public void EveryPropertyHasAnOption()
    {
        IEnumerable<string> decoding = Ways.SelectMany(way => Settable(way).Select(property => $"Decoding.{property}"));
        string[] all = [.. Settable(typeof(GenerationOptions)), .. decoding.Distinct()];
        Assert.Equal(
            // These have properties of their own, which have options.
            ["Decoding.Autoregressive", "Decoding.Limits", "Decoding.Planned", "Experiment"],
            all.Where(path => KnobTable.OptionOf(path) is null).Order(StringComparer.Ordinal));

        static IEnumerable<string> Settable(Type type) =>
            type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite)
                .Select(property => property.Name);
    }

    [Fact]
    public void NoOptionAndNoPropertyIsThereTwice()
    {
        Assert.Equal(KnobTable.All.Count, KnobTable.All.DistinctBy(knob => knob.Option).Count());
        string[] properties = [.. KnobTable.All.SelectMany(knob => knob.Properties)];
        Assert.Equal(properties.Length, properties.Distinct().Count());
    }

    private static string[] Bad(Knob knob) => knob.Create() switch
    {
        Option<bool> => [$"{knob.Option}=maybe"],
        Option<string> => [knob.Option, "nonsense"],
        Option<string[]> => [knob.Option, ""],
        _ => [knob.Option, "-1"],
    };

    private static bool Has(string[] path, string option)
    {
        var nowhere = new Terminal(Stream.Null, TextWriter.Null, TextWriter.Null);
        Command root = path[0] == "pd" ? PdCommand.Create(nowhere) : BenchCommand.Create(nowhere);
        return root.Subcommands.Single(command => command.Name == path[1]).Options.Any(own => own.Name == option);
    }
}
