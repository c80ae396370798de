namespace PlannedDiffusion.Cpu.Threads;

/// <summary>Work that all threads of a <see cref="WorkerPool"/> do together, each on its part.</summary>
internal interface ISpmdJob
{
    void Run(int thread);
}
