using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>
/// The header of a step. The tables in this file are the mirror of <c>kernels/include/host/step.cuh</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StepHeader
{
    public int Rows;
    public int LogitsRows;
    public int Candidates;
    public int Groups;
    public int AttentionItems;
    public int Reserved0, Reserved1, Reserved2;
}

/// <summary>One row: its position, the keys that it sees, and the attention items that compute it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StepRow
{
    public int Pool;
    public int Sequence;
    public int Position;
    public int PrefixEnd;
    public int BlockStart;
    public int BlockEnd;
    public int FirstItem;
    public int Splits;
}

/// <summary>
/// The guard of a row: tokens, by pool index. The row writes its key and value only if one of them is the mask.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StepGuard
{
    public int First, Count; // no tokens: the row always writes
}

/// <summary>Rows that attend together, and a part of the keys that they see.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AttentionItem
{
    public int FirstRow;
    public int Rows;
    public int Begin0, End0;
    public int Begin1, End1;
    public int Split;
    public int Splits;
}

/// <summary>A position that a step may decide.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StepCandidate
{
    public int Pool;
    public int LogitsRow;
    public int Position;
    public int Group;
}

/// <summary>Candidates that are ranked together, and the sampling of their tokens.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StepGroup
{
    public int First, Count;
    public int Rule;
    public int Reveal;
    public int StepsLeft;
    public float Threshold;
    public int Counter;
    public int ResetCarry;
    public int Confidence;
    public int RandomStep;
    public float Temperature;
    public float TopP;
    public int TopK;
    public uint SeedLow, SeedHigh;
    public int Reserved;
}
