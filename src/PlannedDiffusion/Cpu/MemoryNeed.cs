using PlannedDiffusion.Cpu.Loading;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Sequences;
using PlannedDiffusion.Cpu.Steps;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cpu;

/// <summary>
/// Bytes that a runner takes before the first sequence is opened. They are known before the first one is allocated.
/// </summary>
/// <param name="Weights">Packed weights.</param>
/// <param name="Steps">Buffers of the largest step, of all threads, and tables of positions.</param>
internal readonly record struct MemoryNeed(long Weights, long Steps)
{
    /// <summary>The sum.</summary>
    public long Total => Weights + Steps;

    public static MemoryNeed Of(
        ModelWeights weights, WeightPacking packing, RunnerLimits limits, int threads, int tileRows) => new(
        CpuWeights.SizeOf(weights, packing),
        CpuStepBuffers.SizeOf(weights.Config, limits)
            + threads * ThreadScratch.SizeOf(weights.Config, limits, tileRows)
            + RotaryTable.SizeOf(limits.MaxPositions, weights.Config.HeadSize)
            + CpuCheckedStep.SizeOf(limits)
            + CpuSequenceTable.SizeOf(limits));

    /// <exception cref="RunnerCapacityException">
    /// There is less memory. The message says what is needed and available.
    /// </exception>
    public void Check(RunnerLimits limits, int threads)
    {
        long have = AvailableMemory.Bytes();
        if (Total > have) throw Refusal(limits, threads, have);
    }

    public RunnerCapacityException Refusal(RunnerLimits limits, int threads, long have) => new(
        $"The runner needs {Total:N0} bytes of memory, {have:N0} are available: {Weights:N0} for weights, {Steps:N0} " +
        $"for steps of {limits.MaxRowsPerStep} rows, {limits.MaxPositions} positions and {threads} threads.");
}
