using System.Globalization;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The arrivals in ten seconds up to which planning pays, as <c>bench/serve --virtual</c> has simulated them, for the
/// runner of an engine.
/// </summary>
internal sealed class ArrivalLimits
{
    /// <summary>The resource: a line each of device, hidden size, layers, preset, steps ratio, arrivals.</summary>
    public const string Resource = "ArrivalLimits.txt";

    private readonly Dictionary<(Preset, double), int> _limits = [];

    private ArrivalLimits(TextReader lines, string device, ModelConfig config)
    {
        while (lines.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            string[] fields = line.Split('\t');
            bool isMine = device.Contains(fields[0], StringComparison.Ordinal)
                && Number(fields[1]) == config.HiddenSize && Number(fields[2]) == config.LayerCount;
            if (!isMine) continue;
            double ratio = double.Parse(fields[4], NumberStyles.Float, CultureInfo.InvariantCulture);
            _limits.Add((Enum.Parse<Preset>(fields[3], ignoreCase: true), ratio), Number(fields[5]));
        }
    }

    /// <summary>Those for a device and a model.</summary>
    public static ArrivalLimits For(string device, ModelConfig config)
    {
        using Stream stream = typeof(ArrivalLimits).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return new ArrivalLimits(reader, device, config);
    }

    /// <summary>Those of a text in the format of the resource.</summary>
    public static ArrivalLimits Of(TextReader lines, string device, ModelConfig config) => new(lines, device, config);

    /// <summary>The limit for a way to plan; 0 if it is not known.</summary>
    public int this[PlannedOptions planned, Preset preset] =>
        planned.Unmasking is null ? _limits.GetValueOrDefault((preset, planned.StepsRatio)) : 0;

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
