namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>A table of products cannot be read, breaks a rule, or has nothing for the device.</summary>
/// <param name="file">The table.</param>
/// <param name="problem">What is wrong with it, and where.</param>
/// <param name="inner">What the system or the JSON reader said.</param>
public sealed class ProductTableException(string file, string problem, Exception? inner = null)
    : IOException($"{file}: {problem}", inner);
