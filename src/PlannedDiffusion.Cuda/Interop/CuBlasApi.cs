using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>The functions of cuBLAS that the runner uses, under their native names.</summary>
internal static unsafe partial class CuBlasApi
{
    private const string Library = CudaLibraries.CuBlasName;

    [LibraryImport(Library)]
    public static partial CuBlasStatus cublasCreate_v2(out nint handle);

    [LibraryImport(Library)]
    public static partial CuBlasStatus cublasDestroy_v2(nint handle);

    [LibraryImport(Library)]
    public static partial CuBlasStatus cublasSetStream_v2(nint handle, nint stream);

    [LibraryImport(Library)]
    public static partial CuBlasStatus cublasSetWorkspace_v2(nint handle, ulong workspace, nuint bytes);

    [LibraryImport(Library)]
    public static partial CuBlasStatus cublasGemmEx(
        nint handle, CuBlasOperation transposeA, CuBlasOperation transposeB, int m, int n, int k, void* alpha,
        ulong a, CudaDataType typeA, int strideA, ulong b, CudaDataType typeB, int strideB, void* beta,
        ulong c, CudaDataType typeC, int strideC, CuBlasComputeType compute, CuBlasAlgorithm algorithm);
}

internal enum CuBlasOperation
{
    None = 0,
    Transpose = 1,
}

internal enum CudaDataType
{
    Float32 = 0,
    BFloat16 = 14,
}

/// <summary>The type of a product's sums.</summary>
internal enum CuBlasComputeType
{
    Float32 = 68,
}

internal enum CuBlasAlgorithm
{
    Default = -1,
}
