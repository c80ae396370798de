using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Runtime;

/// <summary>A row-major matrix on the device.</summary>
/// <param name="Address">Of its first element.</param>
/// <param name="Stride">Elements from one row to the next.</param>
internal readonly record struct StridedMatrix(ulong Address, int Stride);

/// <summary>
/// A product by cuBLAS: output[rows, columns] = input[rows, depth] * weights[columns, depth]^T. Sums and output are
/// f32.
/// </summary>
internal readonly record struct CuBlasOperands
{
    /// <summary>Element type of input and weights.</summary>
    public required CudaDataType Type { get; init; }

    public required StridedMatrix Input { get; init; } // [rows, depth]
    public required StridedMatrix Weights { get; init; } // [columns, depth]
    public required StridedMatrix Output { get; init; } // f32 [rows, columns]
    public required int Rows { get; init; }
    public required int Columns { get; init; }
    public required int Depth { get; init; }
}
