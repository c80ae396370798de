namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>width(n) of <c>kernels/README.md</c>: the padded length of rows of matrices and activations.</summary>
internal static class PaddedWidth
{
    private const int Unit = 64;

    public static int Of(int size) => checked(size + Unit - 1) & ~(Unit - 1);

    /// <summary>HEAD_WIDTH: the padded size of a head in the K/V pool and in queries.</summary>
    public static int OfHead(int headSize) => checked(headSize + 15) & ~15;
}
