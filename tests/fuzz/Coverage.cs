using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace PlannedDiffusion.Fuzz;

/// <summary>
/// The branches that an input took. The instrumented assemblies count every branch in a map of 64 KB. Only the
/// magnitude of a count matters: a loop that runs seven times is not new after one that runs five times.
/// </summary>
internal sealed unsafe class Coverage : IDisposable
{
    private const int Size = 1 << 16;

    private readonly byte* _counts;
    private readonly byte[] _seen = new byte[Size]; // a bit for each magnitude

    public Coverage()
    {
        _counts = (byte*)NativeMemory.AllocZeroed(Size);
        Trace.SharedMem = _counts;
    }

    /// <summary>Number of branches seen so far; each magnitude counts.</summary>
    public int Branches { get; private set; }

    /// <summary>Clears the counts of the previous input.</summary>
    public void Clear()
    {
        new Span<byte>(_counts, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>True if the input took a new branch, or one with a new magnitude, which is then recorded.</summary>
    public bool TakeNew()
    {
        bool isNew = false;
        var counts = new ReadOnlySpan<byte>(_counts, Size);
        for (int i = 0; (uint)i < (uint)Size; i++)
        {
            int next = counts[i..].IndexOfAnyExcept((byte)0);
            if (next < 0) break;
            i += next;
            byte bit = Magnitude(counts[i]);
            if ((_seen[i] & bit) != 0) continue;
            _seen[i] |= bit;
            Branches++;
            isNew = true;
        }

        return isNew;
    }

    public void Dispose()
    {
        Trace.SharedMem = null;
        NativeMemory.Free(_counts);
    }

    private static byte Magnitude(byte count) => (byte)(count switch
    {
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    });
}
