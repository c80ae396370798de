using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Sequences;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cpu.Steps;

/// <summary>Writes the revealed tokens and the confidences of a finished step into its sequences.</summary>
internal sealed class Reveal(CpuCheckedStep step)
{
    private float[] _confidences = [];
    private int[] _ranking = [];
    private ulong[] _keys = [];

    public void Run(ForwardStep asked, CpuSequenceTable sequences)
    {
        Reserve(step.CandidateCount);
        for (int i = 0; i < asked.Unmask.Length; i++)
        {
            ref readonly UnmaskGroup group = ref asked.Unmask[i];
            if (step.Ranks(i)) Group(group, step.CandidatesOf(i), sequences.Find(group.Sequence));
        }
    }

    /// <summary>Reserves memory before a step, so that nothing can fail after it has run.</summary>
    public void Reserve(int candidates)
    {
        if (_ranking.Length >= candidates) return;
        int size = Math.Max(candidates, 2 * _ranking.Length);
        _confidences = new float[size];
        _ranking = new int[size];
        _keys = new ulong[size];
    }

    private void Group(in UnmaskGroup group, Span<DrawnCandidate> candidates, CpuSequence sequence)
    {
        candidates = candidates[..MarkBroken(candidates)];
        for (int i = 0; i < candidates.Length; i++) _confidences[i] = candidates[i].Confidence;
        int none = 0;
        ref int carry = ref none;
        if (group.Rule == UnmaskRule.Threshold && candidates.Length > 0)
            carry = ref sequence.Carry[group.GroupIndex];
        Span<float> confidences = _confidences.AsSpan(0, candidates.Length);
        int revealed = Unmask.Select(group, confidences, ref carry, _ranking, _keys);
        foreach (int index in _ranking.AsSpan(0, revealed))
        {
            ref DrawnCandidate candidate = ref candidates[index];
            sequence.Tokens[candidate.Position] = candidate.Token;
        }

        if (StepRules.Counts(group.Rule)) sequence.MasksLeft[group.GroupIndex] = candidates.Length - revealed;
        foreach (ref DrawnCandidate candidate in candidates)
            sequence.Confidences[candidate.Position] = candidate.Confidence;
    }

    /// <summary>
    /// Marks the positions whose rows are broken, and moves the others to the front. Returns their number.
    /// </summary>
    private static int MarkBroken(Span<DrawnCandidate> candidates)
    {
        int sound = 0;
        foreach (ref DrawnCandidate candidate in candidates)
        {
            if (candidate.Token != UnmaskGroup.BrokenToken) candidates[sound++] = candidate;
            else candidate.Sequence.Tokens[candidate.Position] = candidate.Token;
        }

        return sound;
    }
}
