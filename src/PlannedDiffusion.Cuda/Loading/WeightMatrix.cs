using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Loading;

/// <summary>
/// A weight matrix on the device: [width(rows), width(columns)] elements, with zeros beyond rows and columns. It does
/// not own the memory.
/// </summary>
internal readonly record struct WeightMatrix(DeviceMemory Memory, int Rows, int Columns)
{
    public ulong Address => Memory.Address;

    public long Bytes => Memory.Bytes;

    /// <summary>The width of products with this matrix.</summary>
    public int PaddedRows => PaddedWidth.Of(Rows);

    /// <summary>Elements from one row to the next.</summary>
    public int PaddedColumns => PaddedWidth.Of(Columns);
}
