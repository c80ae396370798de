namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>Where the kernels of a device came from, and how long it took to load them.</summary>
/// <param name="Compiled">Files that were compiled at this start.</param>
/// <param name="FromCache">Files from the cache of an earlier start.</param>
/// <param name="Prebuilt">Files that were compiled ahead of time with the CUDA toolkit.</param>
/// <param name="Milliseconds">Time to compile or read the files and load them, summed over all files.</param>
public readonly record struct CompilationReport(int Compiled, int FromCache, int Prebuilt, double Milliseconds);
