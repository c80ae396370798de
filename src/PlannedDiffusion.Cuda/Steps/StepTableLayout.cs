using System.Runtime.CompilerServices;
using PlannedDiffusion.Cuda.Kernels.Launch;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// The offsets of a step's tables from the header. They depend on the bucket only, so a small step copies few bytes,
/// and a graph finds the tables at the same addresses in each step.
/// </summary>
internal readonly record struct StepTableLayout
{
    public StepTableLayout(int rows, int items)
    {
        Rows = rows;
        Items = items;
        RowOffset = Unsafe.SizeOf<StepHeader>();
        GuardOffset = RowOffset + rows * Unsafe.SizeOf<StepRow>();
        GroupOffset = GuardOffset + rows * Unsafe.SizeOf<StepGuard>();
        CandidateOffset = GroupOffset + Groups * Unsafe.SizeOf<StepGroup>();
        ItemOffset = CandidateOffset + Candidates * Unsafe.SizeOf<StepCandidate>();
        LogitsRowOffset = ItemOffset + items * Unsafe.SizeOf<AttentionItem>();
        Bytes = LogitsRowOffset + rows * sizeof(int);
    }

    public int Rows { get; }

    /// <summary>Room for attention items.</summary>
    public int Items { get; }

    /// <summary>
    /// Room for candidates. A row predicts the next position, and the row of position 0 also its own.
    /// </summary>
    public int Candidates => 2 * Rows;

    /// <summary>Room for groups, none of which is empty.</summary>
    public int Groups => Rows + 1;

    public int RowOffset { get; } // StepRow [rows]
    public int GuardOffset { get; } // StepGuard [rows]
    public int GroupOffset { get; } // StepGroup [rows + 1]
    public int CandidateOffset { get; } // StepCandidate [2 rows]
    public int ItemOffset { get; } // AttentionItem [items]
    public int LogitsRowOffset { get; } // i32 [rows]: from logits row to row of the step
    public int Bytes { get; }
}
