using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Loading;

/// <summary>
/// A weight matrix on the device: [width(rows), width(columns)] elements, zeros beyond rows and columns. Not owned.
/// </summary>
internal readonly record struct WeightMatrix(DeviceMemory Memory, int Rows, int Columns)
{
    public ulong Address => Memory.Address;

    public long Bytes => Memory.Bytes;

    /// <summary>Distance of rows, and the width that products with it have.</summary>
    public int PaddedRows => PaddedWidth.Of(Rows);

    public int PaddedColumns => PaddedWidth.Of(Columns);
}
