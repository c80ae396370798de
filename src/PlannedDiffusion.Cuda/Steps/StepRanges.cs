using System.Text.Unicode;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// The ranges that a runner shows a profiler. A step is named after its stages and has its rows as the payload. The
/// capture of a graph is a range inside a step. "read" is a wait of the host for tokens or logits. A sequence is a
/// range from its opening to its closing and has its capacity as the payload. Without a profiler each call is one
/// comparison with null.
/// </summary>
internal sealed class StepRanges : IDisposable
{
    private readonly NvtxRanges? _nvtx;
    private readonly NvtxName[] _steps = []; // by the set of stages
    private readonly NvtxName? _capture, _read;
    private readonly ulong[] _sequences = []; // by slot
    private int _opened;

    public StepRanges(NvtxRanges? nvtx, int slots)
    {
        if (nvtx is null) return;
        _nvtx = nvtx;
        _steps = [.. Names().Select(nvtx.Register)];
        _capture = nvtx.Register("capture");
        _read = nvtx.Register("read");
        _sequences = new ulong[slots];
    }

    /// <summary>The names of all sets of stages, for instance "plan + denoise". The empty set is "step".</summary>
    public static IEnumerable<string> Names()
    {
        StepStages[] stages = [.. Enum.GetValues<StepStages>().Where(stage => stage != StepStages.None)];
        for (int set = 0; set < 1 << stages.Length; set++)
        {
            StepStages some = (StepStages)set;
            yield return set == 0 ? "step" : string.Join(
                " + ", stages.Where(stage => some.HasFlag(stage)).Select(stage => stage.ToString().ToLowerInvariant()));
        }
    }

    public Open Step(ForwardStep step) =>
        _nvtx is null ? default : Push(_steps[(int)step.Stages & (_steps.Length - 1)], step.RowCount);

    public Open Capture(int rows) => _nvtx is null ? default : Push(_capture!, rows);

    public Open Read(int values) => _nvtx is null ? default : Push(_read!, values);

    public void OpenSequence(int slot, int capacity)
    {
        if (_nvtx is null) return;
        Span<byte> name = stackalloc byte[32];
        Utf8.TryWrite(name, $"sequence {++_opened}\0", out _);
        _sequences[slot] = _nvtx.Start(name, capacity);
    }

    public void CloseSequence(int slot)
    {
        if (_nvtx is null || _sequences[slot] == 0) return;
        _nvtx.End(_sequences[slot]);
        _sequences[slot] = 0;
    }

    /// <summary>Closes the ranges of open sequences.</summary>
    public void Dispose()
    {
        for (int slot = 0; slot < _sequences.Length; slot++) CloseSequence(slot);
    }

    private Open Push(NvtxName name, long payload)
    {
        _nvtx!.Push(name, payload);
        return new Open(_nvtx);
    }

    /// <summary>A range of this thread; disposing closes it.</summary>
    public readonly ref struct Open(NvtxRanges? nvtx)
    {
        public void Dispose() => nvtx?.Pop();
    }
}
