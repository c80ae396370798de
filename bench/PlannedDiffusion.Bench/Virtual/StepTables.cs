using PlannedDiffusion.Bench.Host;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>The tables of step times that simulations know by name.</summary>
internal static class StepTables
{
    private const double PerRow = 15; // microseconds beyond 512 rows: an extrapolation

    /// <summary>A 7B shape on an H200 as measured.</summary>
    public static StepTimes H200 { get; } = new(
        "h200",
        "bench/results/h200/steps.json: 7B shape, bf16, context 512; 15 us a row beyond 512",
        [
            (1, 3861), (16, 4150), (32, 4480), (64, 5000), (96, 6750), (128, 7300), (192, 7285), (240, 8105),
            (512, 13663),
        ],
        PerRow,
        rounds: true)
    {
        MostArrivals = 18,
        Device = new MeasuredDevice("NVIDIA H200", ModelShapes.Find("7b")),
    };

    /// <summary>The same with the kernels that are planned.</summary>
    public static StepTimes H200Goal { get; } = new(
        "h200-goal",
        "goals for the same shape, not measured; 15 us a row beyond 512",
        [
            (1, 3550), (16, 3800), (32, 3900), (64, 4100), (128, 4500), (240, 5700), (256, 5800), (512, 9500),
        ],
        PerRow,
        rounds: true)
    {
        MostArrivals = 35,
    };

    /// <summary>The demo on two cores.</summary>
    public static StepTimes Cpu { get; } = new(
        "cpu",
        "bench/results/step-demo.json: the demo, 192 positions cached, two cores of an AMD EPYC",
        [(1, 86.5), (8, 411.8), (32, 1585.4), (64, 4239), (128, 6280.9)],
        perRow: null,
        rounds: false);

    /// <summary>A larger model there.</summary>
    public static StepTimes Cpu05B { get; } = new(
        "cpu-0.5b",
        "bench/results/step-random-0.5b.json: 0.5B shape, 192 positions cached, two cores of an AMD EPYC",
        [(1, 25525.3), (8, 40406.3), (32, 122982.8), (64, 239210.7), (128, 475193.8), (256, 946926.7)],
        perRow: null,
        rounds: false);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<StepTimes> All { get; } = [H200, H200Goal, Cpu, Cpu05B];

    /// <summary>The table with a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static StepTimes Find(string name) => All.FirstOrDefault(table => table.Name == name)
        ?? throw new UsageException(
            $"--times '{name}': expected {string.Join(", ", All.Select(table => table.Name))}");
}
