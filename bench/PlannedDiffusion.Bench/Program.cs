using BenchmarkDotNet.Running;
using PlannedDiffusion.Bench;

switch (args)
{
    case ["step", ..]:
        return StepCommand.Run(args);
    case ["checkpoint", ..]:
        return StepCommand.WriteCheckpoint(args);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(GemmBenchmarks).Assembly).Run(args);
        return 0;
}
