namespace PlannedDiffusion.Cpu.Memory;

/// <summary>Rounds sizes up to the units that the kernels read and write.</summary>
internal static class Padding
{
    /// <summary>To a multiple of the 64 columns of a panel.</summary>
    public static int ToPanel(int size) => checked(size + PackedMatrix.PanelRows - 1) & ~(PackedMatrix.PanelRows - 1);

    /// <summary>To a multiple of 16: the widest vector, and a tile of keys.</summary>
    public static int ToVector(int size) => checked(size + 15) & ~15;
}
