using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Cpu.Memory;

/// <summary>
/// A weight matrix [n, k] in panels of 64 output rows, one sequential stream for the kernels: bf16 as
/// [n/64][k/2][64][2], f32 as [n/64][k][64]. Rows beyond n and an odd last k are zeros. Does not own its memory.
/// </summary>
internal readonly unsafe struct PackedMatrix
{
    /// <summary>Output rows of a panel.</summary>
    public const int PanelRows = 64;

    public PackedMatrix(bool isBFloat16, int rows, int columns, byte* data)
    {
        IsBFloat16 = isBFloat16;
        Rows = rows;
        Columns = columns;
        Data = data;
    }

    /// <summary>Format: bf16, or f32 for everything else.</summary>
    public bool IsBFloat16 { get; }

    /// <summary>n: outputs.</summary>
    public int Rows { get; }

    /// <summary>k: inputs.</summary>
    public int Columns { get; }

    public byte* Data { get; }

    public int Panels => (Rows + PanelRows - 1) / PanelRows;

    public nint PanelBytes => PanelSize(IsBFloat16, Columns);

    public nint Bytes => Panels * PanelBytes;

    public byte* Panel(int index) => Data + index * PanelBytes;

    /// <summary>The panel after this one, or null if this is the last one before <paramref name="end"/>.</summary>
    public byte* NextPanel(int index, int end) => index + 1 < end ? Panel(index + 1) : null;

    public static nint PanelSize(bool isBFloat16, int columns)
    {
        nint elements = isBFloat16 ? (columns + 1) / 2 : columns; // of 32 bits
        return elements * PanelRows * sizeof(float);
    }

    public static nint SizeOf(bool isBFloat16, int rows, int columns) =>
        (rows + PanelRows - 1) / PanelRows * PanelSize(isBFloat16, columns);
}
