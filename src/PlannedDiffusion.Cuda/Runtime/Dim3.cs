namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>The size of a grid in blocks, or of a block in threads.</summary>
internal readonly record struct Dim3(int X, int Y = 1, int Z = 1)
{
    public override string ToString() => $"{X}x{Y}x{Z}";
}
