using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>Up to two ranges of key positions that neither overlap nor touch, in ascending order.</summary>
internal struct KeyRanges
{
    public TokenRange First;
    public TokenRange Second;

    /// <summary>Adds the keys that a row sees. False, without a change, if that would make a third range.</summary>
    public bool TryAdd(in StepRow row)
    {
        KeyRanges result = this;
        if (!result.TryAdd(new TokenRange(0, row.PrefixEnd))) return false;
        if (!result.TryAdd(new TokenRange(row.BlockStart, row.BlockEnd))) return false;
        this = result;
        return true;
    }

    private bool TryAdd(TokenRange added)
    {
        if (added.IsEmpty) return true;
        if (Touch(Second, added))
        {
            added = Union(Second, added);
            Second = default;
        }

        if (Touch(First, added))
        {
            added = Union(First, added);
            First = default;
        }

        if (!First.IsEmpty && !Second.IsEmpty) return false;
        TokenRange other = First.IsEmpty ? Second : First;
        (First, Second) = other.IsEmpty || added.Start < other.Start ? (added, other) : (other, added);
        return true;
    }

    private static bool Touch(TokenRange a, TokenRange b) => !a.IsEmpty && a.Start <= b.End && b.Start <= a.End;

    private static TokenRange Union(TokenRange a, TokenRange b) =>
        new(Math.Min(a.Start, b.Start), Math.Max(a.End, b.End));
}
