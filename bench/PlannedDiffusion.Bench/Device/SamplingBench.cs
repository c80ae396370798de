using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Device;

/// <summary>
/// Sampling and unmasking after a denoise step. Candidates are ranked but not revealed, so that every run has the same
/// masks. The ratio is to the time of reading the logits once at the copy bandwidth.
/// </summary>
internal static class SamplingBench
{
    public const string Name = "sampling";

    private const int Groups = 4;

    private static readonly SampleSetting[] Settings =
    [
        new("greedy, probability", 0, 1, 0, ConfidenceKind.Probability, 0),
        new("greedy, negative entropy", 0, 1, 0, ConfidenceKind.NegativeEntropy, 0),
        new("T 0.2, top-p 0.95, flat", 0.2f, 0.95f, 0, ConfidenceKind.NegativeEntropy, 0),
        new("T 0.2, top-p 0.95, peaked", 0.2f, 0.95f, 0, ConfidenceKind.NegativeEntropy, 40),
        new("T 0.2, top-p 0.95, certainty", 0.2f, 0.95f, 0, ConfidenceKind.Certainty, 40),
        new("T 1, top-p 0.95, top-k 50", 1, 0.95f, 50, ConfidenceKind.NegativeEntropy, 0),
    ];

    public static void Run(DeviceBench bench, ModelConfig config, DeviceRows rows)
    {
        foreach (int perGroup in bench.IsSmall ? [3] : (int[])[60, 16])
        {
            foreach (SampleSetting setting in Settings)
            {
                var step = new SampledStep(bench, config, setting, Groups, perGroup);
                double readOnce = step.Bytes / rows.CopyGigabytesPerSecond / 1e3;
                Add(setting.Name, bench.Measure(step.Copies, step.LaunchBoth), step.Bytes);
                if (setting == Settings[0]) Add("unmask alone", bench.Measure(step.Copies, step.LaunchUnmask), 0);
                bench.Free();

                void Add(string name, DeviceTime time, double bytes) => rows.Add(
                    new DeviceMeasurement(Name, name, Groups * perGroup, time)
                    {
                        Bytes = bytes,
                        Ratio = bytes > 0 ? time.MedianMicroseconds / readOnce : null,
                        Detail = bytes > 0 ? "x one read of the logits" : null,
                    });
            }
        }
    }
}

/// <summary>The sampling parameters, and how far one logit of each row exceeds the others.</summary>
internal sealed record SampleSetting(
    string Name, float Temperature, float TopP, int TopK, ConfidenceKind Confidence, float Peak);
