using PlannedDiffusion.Cpu.Sequences;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cpu.Steps;

/// <summary>Rows of one group that attend: queries [First, First + Count) of their <see cref="QuerySet"/>.</summary>
internal record struct AttentionJob(CpuSequence Sequence, AttentionRange Visibility, int First, int Count);

/// <summary>The rows of a step that attend in a layer, in ascending order, split by their row groups.</summary>
internal sealed class QuerySet(int maxRows)
{
    private AttentionJob[] _jobs = new AttentionJob[16];
    private int _jobCount;

    /// <summary>Row of the step that a query belongs to.</summary>
    public int[] Rows { get; } = new int[maxRows];

    public int Count { get; private set; }

    public ReadOnlySpan<AttentionJob> Jobs => _jobs.AsSpan(0, _jobCount);

    public void Clear() => Count = _jobCount = 0;

    /// <summary>Begins a group: rows added from now on belong to it.</summary>
    public void BeginJob(CpuSequence sequence, AttentionRange visibility)
    {
        if (_jobCount > 0 && _jobs[_jobCount - 1].Count == 0) _jobCount--;
        if (_jobCount == _jobs.Length) Array.Resize(ref _jobs, 2 * _jobCount);
        _jobs[_jobCount++] = new AttentionJob(sequence, visibility, Count, 0);
    }

    /// <summary>Adds a row and returns its index.</summary>
    public int Add(int row)
    {
        Rows[Count] = row;
        _jobs[_jobCount - 1].Count++;
        return Count++;
    }
}
