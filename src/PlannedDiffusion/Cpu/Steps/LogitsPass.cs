using PlannedDiffusion.Cpu.Loading;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Threads;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Cpu.Steps;

/// <summary>
/// Final norm, output head and sampling for the rows that need logits. Requested logits are kept. The others go through
/// a bounded buffer, some rows at a time.
/// </summary>
internal sealed unsafe class LogitsPass(PassParts parts, CpuForwardPass forward)
{
    private readonly ModelConfig _config = parts.Config;
    private readonly CpuWeights _weights = parts.Weights;
    private readonly CpuKernels _kernels = parts.Kernels;
    private readonly WorkerPool _pool = parts.Pool;
    private readonly CpuStepBuffers _buffers = parts.Buffers;
    private readonly ThreadScratch[] _scratch = parts.Scratch;
    private readonly CpuCheckedStep _step = parts.Step;
    private ForwardStep? _asked;

    public void Begin(ForwardStep asked)
    {
        _buffers.ReserveKeptLogits(_step.KeptSlots);
        _asked = asked;
    }

    public void Run(int thread)
    {
        int first = 0;
        while (first < _step.SlotCount)
        {
            int end = first < _step.KeptSlots ? _step.KeptSlots : _step.SlotCount;
            end = Math.Min(end, first + _buffers.LogitsChunk);
            Chunk(first, end, thread);
            Sample(first, end, thread);
            first = end;
        }
    }

    private float* LogitsOf(int slot, int first) => slot < _step.KeptSlots
        ? _buffers.KeptLogits + (nint)slot * _buffers.LogitsStride
        : _buffers.Logits + (nint)(slot - first) * _buffers.LogitsStride;

    private void Chunk(int first, int end, int thread)
    {
        (int from, int to) = forward.Part(end - first, thread);
        for (int i = from; i < to; i++)
        {
            float* hidden = _buffers.LastHidden + (nint)_step.QueryOfSlot(first + i) * _buffers.HiddenStride;
            float* normed = _buffers.Normed + (nint)i * _buffers.HiddenStride;
            _kernels.RmsNorm(hidden, _weights.FinalNorm, _config.HiddenSize, _config.RmsNormEpsilon, normed);
        }

        // Also keeps the logits of the previous round until all of them are sampled.
        _pool.Barrier();
        GemmTile product = new()
        {
            A = _buffers.Normed,
            AStride = _buffers.HiddenStride,
            CStride = _buffers.LogitsStride,
        };
        (from, to) = forward.Part(_weights.LmHead.Panels, thread);
        for (int panel = from; panel < to; panel++)
        {
            product.C = LogitsOf(first, first) + panel * PackedMatrix.PanelRows;
            _kernels.Gemm(_weights.LmHead, panel, _weights.LmHead.NextPanel(panel, to), product, end - first);
        }

        _pool.Barrier();
    }

    private void Sample(int first, int end, int thread)
    {
        Span<DrawnCandidate> candidates = _step.Candidates;
        int turn = 0;
        for (int i = 0; i < candidates.Length; i++)
        {
            ref DrawnCandidate candidate = ref candidates[i];
            if (candidate.Slot < first || candidate.Slot >= end || turn++ % _pool.Threads != thread) continue;
            UnmaskGroup group = _asked!.Unmask[candidate.Group];
            SamplingParams sampling = group.Sampling;
            float uniform = sampling.IsGreedy
                ? 0
                : Philox.Uniform(sampling.Seed, candidate.Position, group.RandomStep);
            Candidate drawn = _kernels.SampleCandidate(
                new ReadOnlySpan<float>(LogitsOf(candidate.Slot, first), _config.VocabularySize),
                sampling,
                group.Confidence,
                _config.MaskTokenId ?? -1,
                uniform,
                _scratch[thread].Sampling);
            candidate.Token = drawn.Token;
            candidate.Confidence = drawn.Confidence;
        }
    }
}
