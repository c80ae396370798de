using BenchmarkDotNet.Running;
using PlannedDiffusion.Bench;

BenchmarkSwitcher.FromAssembly(typeof(GemmBenchmarks).Assembly).Run(args);
