using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Device;

/// <summary>Attention of one layer: span-isolated, dense, of single rows, and of a few rows of drafts.</summary>
internal static class AttentionBench
{
    public const string Name = "attention";

    public static void Run(DeviceBench bench, ModelConfig config, DeviceRows rows)
    {
        int prefix = bench.IsSmall ? 40 : 512, span = bench.IsSmall ? 9 : 60;
        Measure("spans", Rows(prefix, span, span, span, span));
        Measure("one span", Rows(prefix, bench.IsSmall ? 12 : 64));
        Measure("two spans", Rows(prefix, bench.IsSmall ? [12, 12] : [64, 64]));
        Measure("all see all", Rows(prefix, 4 * span));
        Measure("single", Rows(prefix - 1, 1));
        Measure("single, long", Rows(8 * prefix - 1, 1));
        Measure("drafts", Rows(prefix, 8));
        Measure("drafts, long", Rows(8 * prefix, 8));

        void Measure(string name, StepRow[] step)
        {
            var layer = new AttentionLayers(bench, config, step);
            DeviceTime time = bench.Measure(layer.Copies, layer.Launch);
            string name2 = $"{name}, prefix {step[0].PrefixEnd}";
            rows.Add(new DeviceMeasurement(Name, name2, step.Length, time)
            {
                Bytes = layer.Bytes,
                Flops = layer.Flops,
                Detail = layer.Description,
            });
            bench.Free();
        }
    }

    /// <summary>Rows of spans that see a prefix and their own span.</summary>
    private static StepRow[] Rows(int prefix, params int[] spans)
    {
        var rows = new List<StepRow>();
        int start = prefix;
        foreach (int length in spans)
        {
            for (int position = start; position < start + length; position++)
            {
                rows.Add(new StepRow
                {
                    Pool = position,
                    Position = position,
                    PrefixEnd = prefix,
                    BlockStart = start,
                    BlockEnd = start + length,
                });
            }

            start += length;
        }

        return [.. rows];
    }
}
