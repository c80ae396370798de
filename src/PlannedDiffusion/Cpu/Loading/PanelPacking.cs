using System.Buffers;
using System.Runtime.InteropServices;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Models.Packing;

namespace PlannedDiffusion.Cpu.Loading;

/// <summary>
/// Packs row-major weights into panels. It reads some columns of all rows of a panel from the checkpoint at a time and
/// transposes one cache line of each row at a time, so that the stride of the rows does not matter.
/// </summary>
internal static unsafe class PanelPacking
{
    private const int PanelRows = PackedMatrix.PanelRows;

    /// <summary>Columns that are read at a time: whole rows of most matrices, 1 MB of bf16 for a panel.</summary>
    private const int MaxColumns = 8192;

    /// <summary>32-bit elements (a float, or two bf16) of one cache line.</summary>
    private const int LineElements = 16;

    public static void Pack(StackedRows source, in PackedMatrix matrix, int panel)
    {
        int perElement = matrix.IsBFloat16 ? 2 : 1; // columns in 32 bits
        int width = Math.Min(matrix.Columns, MaxColumns);
        uint* destination = (uint*)matrix.Panel(panel);
        int words = (PanelRows * width + perElement - 1) / perElement;
        uint[] rented = ArrayPool<uint>.Shared.Rent(words);
        try
        {
            for (int first = 0; first < matrix.Columns; first += width)
            {
                int columns = Math.Min(width, matrix.Columns - first);
                var block = new ColumnBlock(panel * PanelRows, PanelRows, first, columns);
                Span<uint> rows = rented.AsSpan(0, words);
                if (matrix.IsBFloat16) source.ReadBFloat16(block, MemoryMarshal.Cast<uint, ushort>(rows));
                else source.ReadFloats(block, MemoryMarshal.Cast<uint, float>(rows));
                int elements = (columns + perElement - 1) / perElement;
                Transpose(MemoryMarshal.AsBytes(rows), columns * sizeof(uint) / perElement, elements, destination);
                destination += (nint)elements * PanelRows;
            }
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(rented);
        }
    }

    private static void Transpose(ReadOnlySpan<byte> rows, int rowBytes, int elements, uint* destination)
    {
        uint* lines = stackalloc uint[PanelRows * LineElements];
        for (int first = 0; first < elements; first += LineElements)
        {
            int from = first * sizeof(uint), bytes = Math.Min(LineElements * sizeof(uint), rowBytes - from);
            for (int i = 0; i < PanelRows; i++)
            {
                Span<byte> line = new(lines + i * LineElements, LineElements * sizeof(uint));
                rows.Slice(i * rowBytes + from, bytes).CopyTo(line);
                line[bytes..].Clear();
            }

            for (int element = 0; element < Math.Min(LineElements, elements - first); element++)
            {
                uint* column = lines + element;
                for (int i = 0; i < PanelRows; i++) destination[i] = column[i * LineElements];
                destination += PanelRows;
            }
        }
    }
}
