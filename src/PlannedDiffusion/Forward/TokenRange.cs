namespace PlannedDiffusion.Forward;

/// <summary>A half-open range [Start, End) of token positions in one sequence.</summary>
public readonly record struct TokenRange(int Start, int End)
{
    /// <summary>Number of positions.</summary>
    public int Length => End - Start;

    /// <summary>True if the range holds no position.</summary>
    public bool IsEmpty => End <= Start;

    /// <summary>True if <paramref name="position"/> lies inside.</summary>
    public bool Contains(int position) => position >= Start && position < End;
}
