using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using PlannedDiffusion.Microbenchmarks;

// The projects are built once more for the benchmarks' own process: that may take longer than the two minutes allowed.
ManualConfig config = ManualConfig.Create(DefaultConfig.Instance);
config.BuildTimeout = TimeSpan.FromMinutes(15);
BenchmarkSwitcher.FromAssembly(typeof(OpBenchmarks).Assembly).Run(args, config);
