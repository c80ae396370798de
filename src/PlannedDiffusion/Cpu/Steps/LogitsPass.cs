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
internal sealed unsafe class LogitsPass(
    ModelConfig config,
    CpuWeights weights,
    CpuKernels kernels,
    WorkerPool pool,
    Activations buffers,
    ThreadScratch[] scratch,
    ForwardPass forward,
    CheckedStep step)
{
    private ForwardStep? _asked;

    public void Begin(ForwardStep asked)
    {
        buffers.ReserveKeptLogits(step.KeptSlots);
        _asked = asked;
    }

    public void Run(int thread)
    {
        int first = 0;
        while (first < step.SlotCount)
        {
            int end = first < step.KeptSlots ? step.KeptSlots : step.SlotCount;
            end = Math.Min(end, first + buffers.LogitsChunk);
            Chunk(first, end, thread);
            Sample(first, end, thread);
            first = end;
        }
    }

    private float* LogitsOf(int slot, int first) => slot < step.KeptSlots
        ? buffers.KeptLogits + (nint)slot * buffers.LogitsStride
        : buffers.Logits + (nint)(slot - first) * buffers.LogitsStride;

    private void Chunk(int first, int end, int thread)
    {
        (int from, int to) = forward.Part(end - first, thread);
        for (int i = from; i < to; i++)
        {
            float* hidden = buffers.LastHidden + (nint)step.QueryOfSlot(first + i) * buffers.HiddenStride;
            float* normed = buffers.Normed + (nint)i * buffers.HiddenStride;
            kernels.RmsNorm(hidden, weights.FinalNorm, config.HiddenSize, config.RmsNormEpsilon, normed);
        }

        // Also keeps the logits of the previous round until all of them are sampled.
        pool.Barrier();
        GemmTile product = new()
        {
            A = buffers.Normed,
            AStride = buffers.HiddenStride,
            CStride = buffers.LogitsStride,
        };
        (from, to) = forward.Part(weights.LmHead.Panels, thread);
        for (int panel = from; panel < to; panel++)
        {
            product.C = LogitsOf(first, first) + panel * PackedMatrix.PanelRows;
            kernels.Gemm(weights.LmHead, panel, weights.LmHead.NextPanel(panel, to), product, end - first);
        }

        pool.Barrier();
    }

    private void Sample(int first, int end, int thread)
    {
        Span<StepCandidate> candidates = step.Candidates;
        int turn = 0;
        for (int i = 0; i < candidates.Length; i++)
        {
            ref StepCandidate candidate = ref candidates[i];
            if (candidate.Slot < first || candidate.Slot >= end || turn++ % pool.Threads != thread) continue;
            UnmaskGroup group = _asked!.Unmask[candidate.Group];
            SamplingParams sampling = group.Sampling;
            float uniform = sampling.IsGreedy
                ? 0
                : Philox.Uniform(sampling.Seed, candidate.Position, group.RandomStep);
            Candidate drawn = kernels.SampleCandidate(
                new ReadOnlySpan<float>(LogitsOf(candidate.Slot, first), config.VocabularySize),
                sampling,
                group.Confidence,
                config.MaskTokenId ?? -1,
                uniform,
                scratch[thread].Sampling);
            candidate.Token = drawn.Token;
            candidate.Confidence = drawn.Confidence;
        }
    }
}
