using System.Runtime.InteropServices;
using PlannedDiffusion.Models;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Cpu;

/// <summary>
/// Brings row-major weights into panels. Columns are taken in blocks of one cache line per row, so that each line of
/// the source is read once whatever the distance of its rows.
/// </summary>
internal static unsafe class PanelPacking
{
    private const int PanelRows = PackedMatrix.PanelRows;

    /// <summary>32-bit elements (a float, or two bf16) of one cache line.</summary>
    private const int LineElements = 16;

    public static void Pack(StackedRows source, in PackedMatrix matrix, int panel)
    {
        uint* destination = (uint*)matrix.Panel(panel);
        int elements = matrix.IsBFloat16 ? (matrix.Columns + 1) / 2 : matrix.Columns;
        uint* block = stackalloc uint[PanelRows * LineElements];
        nint* rows = stackalloc nint[PanelRows];
        DType* types = stackalloc DType[PanelRows];
        for (int i = 0; i < PanelRows; i++) (rows[i], types[i]) = source.Row(panel * PanelRows + i);
        for (int first = 0; first < elements; first += LineElements)
        {
            int count = Math.Min(LineElements, elements - first);
            for (int i = 0; i < PanelRows; i++)
            {
                Span<uint> line = new(block + i * LineElements, LineElements);
                line.Clear();
                if (rows[i] == 0) continue;
                if (matrix.IsBFloat16) CopyPairs((ushort*)rows[i], first, matrix.Columns, line);
                else WeightValues.ReadFloats(rows[i], types[i], first, MemoryMarshal.Cast<uint, float>(line[..count]));
            }

            Transpose(block, count, destination + (nint)first * PanelRows);
        }
    }

    private static void CopyPairs(ushort* row, int firstPair, int columns, Span<uint> pairs)
    {
        int from = 2 * firstPair, count = Math.Min(2 * pairs.Length, columns - from);
        new ReadOnlySpan<ushort>(row + from, count)
            .CopyTo(MemoryMarshal.Cast<uint, ushort>(pairs));
    }

    private static void Transpose(uint* block, int count, uint* destination)
    {
        for (int element = 0; element < count; element++)
        {
            uint* from = block + element;
            for (int i = 0; i < PanelRows; i++) destination[i] = from[i * LineElements];
            destination += PanelRows;
        }
    }
}
