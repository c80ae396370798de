namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>A table of products cannot be read, is not valid, or is for other devices.</summary>
/// <param name="file">The file.</param>
/// <param name="problem">The problem and its place in the file.</param>
/// <param name="inner">The error of the system or of the JSON reader.</param>
internal sealed class ProductTableException(string file, string problem, Exception? inner = null)
    : IOException($"{file}: {problem}", inner);
