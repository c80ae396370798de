using PlannedDiffusion.Forward;
using PlannedDiffusion.Models.Packing;

namespace PlannedDiffusion.Cpu.Loading;

/// <summary>Which type matrices are packed in.</summary>
/// <param name="Precision">
/// The type of all of them. Null for bf16 where it is stored, and for f32 else: f16, with its small exponent, would
/// need a costly conversion in every product.
/// </param>
internal readonly record struct WeightPacking(Precision? Precision)
{
    /// <summary>True for bf16, false for f32.</summary>
    public bool IsBFloat16(StackedRows rows) =>
        Precision is { } precision ? precision == Forward.Precision.BF16 : rows.IsBFloat16;

    /// <summary>Bytes of a packed matrix.</summary>
    public nint SizeOf(StackedRows rows) => Memory.PackedMatrix.SizeOf(IsBFloat16(rows), rows.Rows, rows.Columns);
}
