using System.CommandLine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The options that say where a model runs.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string> _device = new("--device")
    {
        Description = "Where the model runs: cuda, cpu, or auto for a GPU where one can be used.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string?> _precision = PrecisionOption();

    private readonly Option<string?> _products = ProductTableOption();

    private readonly Option<int> _threads = CommonOptions.ThreadsOption();

    public DeviceOptions() => OptionGrammar.AcceptOnly(_device, "auto", "cpu", "cuda");

    public void AddTo(Command command)
    {
        command.Add(_device);
        command.Add(_precision);
        command.Add(_products);
        command.Add(_threads);
    }

    /// <param name="parse">What was typed.</param>
    /// <param name="timeSteps">True to measure on a GPU when it runs each step.</param>
    public RunnerChoice Read(ParseResult parse, bool timeSteps = false)
    {
        DeviceKind kind = parse.GetRequiredValue(_device) switch
        {
            "cpu" => DeviceKind.Cpu,
            "cuda" => DeviceKind.Cuda,
            _ => DeviceKind.Auto,
        };
        return new RunnerChoice(kind, Precision(parse.GetValue(_precision)), parse.GetValue(_threads))
        {
            TimeSteps = timeSteps,
            ProductTable = parse.GetValue(_products),
        };
    }

    public static Option<string?> ProductTableOption() => new("--product-table")
    {
        Description =
            "File that says which kernel multiplies what on a GPU; pd-bench cuda products --table writes one.",
        HelpName = "file",
    };

    public static Option<string?> PrecisionOption()
    {
        var precision = new Option<string?>("--precision")
        {
            Description = "Type of weights and, on a GPU, of activations. Without it, bf16 on a GPU, and as the " +
                "weights are stored on the CPU. f32 is for comparisons.",
        };
        OptionGrammar.AcceptOnly(precision, "bf16", "f32");
        return precision;
    }

    /// <summary>The precision of a name; null without one.</summary>
    public static Precision? Precision(string? name) => name switch
    {
        null => null,
        "f32" => Forward.Precision.F32,
        _ => Forward.Precision.BF16,
    };
}
