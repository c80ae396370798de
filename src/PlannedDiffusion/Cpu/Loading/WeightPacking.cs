using PlannedDiffusion.Forward;
using PlannedDiffusion.Models.Packing;

namespace PlannedDiffusion.Cpu.Loading;

/// <summary>The type of packed matrices.</summary>
/// <param name="Precision">
/// The type of all matrices. Null keeps stored bf16 and packs everything else as f32: f16, with its small exponent,
/// would need a costly conversion in every product.
/// </param>
internal readonly record struct WeightPacking(Precision? Precision)
{
    /// <summary>True for bf16, false for f32.</summary>
    public bool IsBFloat16(StackedRows rows) =>
        Precision is { } precision ? precision == Forward.Precision.BF16 : rows.IsBFloat16;

    /// <summary>Bytes of a packed matrix.</summary>
    public nint SizeOf(StackedRows rows) => Memory.PackedMatrix.SizeOf(IsBFloat16(rows), rows.Rows, rows.Columns);
}
