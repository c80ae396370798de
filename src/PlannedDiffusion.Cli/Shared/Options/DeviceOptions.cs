using System.CommandLine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The options that select the device of a model.</summary>
internal sealed class DeviceOptions
{
    private static readonly Words<DeviceKind> Devices =
        new((DeviceKind.Auto, "auto"), (DeviceKind.Cpu, "cpu"), (DeviceKind.Cuda, "cuda"));

    private static readonly Words<Precision> Precisions =
        new((Forward.Precision.BF16, "bf16"), (Forward.Precision.F32, "f32"));

    private readonly Option<string> _device = new("--device")
    {
        Description = "Device of the model: cuda, cpu, or auto for a GPU if one is usable, else the CPU.",
        DefaultValueFactory = _ => Devices.Of(DeviceKind.Auto),
    };

    private readonly Option<string?> _precision = PrecisionOption(
        "Type of weights and, on a GPU, of activations. Without it, bf16 on a GPU, and as the weights are stored on " +
        "the CPU. f32 is for comparisons.");

    private readonly Option<string?> _products = ProductTableOption();

    private readonly Option<int> _threads = CommonOptions.ThreadsOption();

    public DeviceOptions() => OptionGrammar.AcceptOnly(_device, Devices.All);

    public void AddTo(Command command)
    {
        command.Add(_device);
        command.Add(_precision);
        command.Add(_products);
        command.Add(_threads);
    }

    /// <param name="parse">The command line.</param>
    /// <param name="timeSteps">True to measure the times of each step on a GPU.</param>
    public RunnerChoice Read(ParseResult parse, bool timeSteps = false)
    {
        DeviceKind kind = Devices.Value(parse.GetRequiredValue(_device));
        return new RunnerChoice(kind, Precision(parse.GetValue(_precision)), parse.GetValue(_threads))
        {
            TimeSteps = timeSteps,
            ProductTable = parse.GetValue(_products),
        };
    }

    public static Option<string?> ProductTableOption() => new("--product-table")
    {
        Description =
            "File that selects the kernels of matrix products on a GPU; pd-bench cuda products --table writes it.",
        HelpName = "file",
    };

    public static Option<string?> PrecisionOption(string description)
    {
        var precision = new Option<string?>("--precision") { Description = description };
        OptionGrammar.AcceptOnly(precision, Precisions.All);
        return precision;
    }

    /// <summary>The precision with a name; null for null.</summary>
    public static Precision? Precision(string? name) => name is null ? null : Precisions.Value(name);
}
