using System.Globalization;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>The loaded kernels of a model that are the same for all buckets.</summary>
internal sealed class StepKernels
{
    public StepKernels(KernelLibrary library, ModelConfig config, Precision precision)
    {
        Options = new KernelOptions(precision == Precision.BF16);
        Attention = new AttentionShape(config.HeadCount, config.KvHeadCount, config.HeadSize);
        KernelOptions heads = Options with
        {
            Defines = new Dictionary<string, string>
            {
                ["HEAD_SIZE"] = config.HeadSize.ToString(CultureInfo.InvariantCulture),
            },
        };
        KernelOptions attention = Attention.Specialise(Options);
        bool hasSpans = AttentionSpansKernel.Supports(
            Attention, Options.BFloat16, library.Device.MaxSharedBytesPerBlock);
        library.Preload(
        [
            ("embedding.cu", Options), ("rms_norm.cu", Options), ("sample.cu", Options), ("unmask.cu", Options),
            ("rope_store_kv.cu", heads), ("attention_decode.cu", attention), ("attention_combine.cu", attention),
            .. hasSpans ? [("attention_spans.cu", attention)] : Array.Empty<(string, KernelOptions)>(),
        ]);
        Embedding = new EmbeddingKernel(library, Options);
        RmsNorm = new RmsNormKernel(library, Options);
        RopeStoreKv = new RopeStoreKvKernel(library, heads);
        AttentionDecode = new AttentionDecodeKernel(library, Options, Attention);
        AttentionCombine = new AttentionCombineKernel(library, Options, Attention);
        if (hasSpans)
            AttentionSpans = new AttentionSpansKernel(library, Options, Attention);
        Sample = new SampleKernel(library, Options);
        Unmask = new UnmaskKernel(library, Options);
    }

    public KernelOptions Options { get; }

    public AttentionShape Attention { get; }

    public EmbeddingKernel Embedding { get; }

    public RmsNormKernel RmsNorm { get; }

    public RopeStoreKvKernel RopeStoreKv { get; }

    public AttentionDecodeKernel AttentionDecode { get; }

    public AttentionCombineKernel AttentionCombine { get; }

    /// <summary>Null in f32, and for heads that the kernel does not support.</summary>
    public AttentionSpansKernel? AttentionSpans { get; }

    public SampleKernel Sample { get; }

    public UnmaskKernel Unmask { get; }
}
