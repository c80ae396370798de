namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>Where the kernels of a device came from, and how long that took.</summary>
/// <param name="Compiled">Files compiled now: a cold start.</param>
/// <param name="FromCache">Files that an earlier start compiled.</param>
/// <param name="Prebuilt">Files compiled ahead with the toolkit.</param>
/// <param name="Milliseconds">Time to get and load them, summed over the files.</param>
public readonly record struct CompilationReport(int Compiled, int FromCache, int Prebuilt, double Milliseconds);
