using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using PlannedDiffusion.Microbenchmarks;

// BenchmarkDotNet builds the projects again for its own process, which may exceed its default limit of two minutes.
ManualConfig config = ManualConfig.Create(DefaultConfig.Instance);
config.BuildTimeout = TimeSpan.FromMinutes(15);
BenchmarkSwitcher.FromAssembly(typeof(OpBenchmarks).Assembly).Run(args, config);
