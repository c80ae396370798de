using PlannedDiffusion.Cpu.Loading;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Threads;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cpu.Steps;

/// <summary>The parts that the passes over a step share. They live as long as the runner.</summary>
/// <param name="Config">The network's shape.</param>
/// <param name="Weights">Its weights, packed.</param>
/// <param name="Kernels">The ops at the runner's vector width.</param>
/// <param name="Pool">The threads.</param>
/// <param name="Buffers">The buffers of a step.</param>
/// <param name="Scratch">The buffers of each thread.</param>
/// <param name="Step">The step to compute.</param>
internal sealed record PassParts(
    ModelConfig Config,
    CpuWeights Weights,
    CpuKernels Kernels,
    WorkerPool Pool,
    CpuStepBuffers Buffers,
    ThreadScratch[] Scratch,
    CpuCheckedStep Step);
