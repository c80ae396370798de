using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Device;

/// <summary>Groups of masked positions with logits, as input of sampling and unmasking.</summary>
internal sealed class SampledStep
{
    private const float LogitRange = 8;

    private readonly DeviceBench _bench;
    private readonly SampleKernel _sample;
    private readonly UnmaskKernel _unmask;
    private readonly SampleParameters _sampling;
    private readonly UnmaskParameters _unmasking;
    private readonly ulong[] _logits;
    private readonly int _candidates, _groups;

    public SampledStep(DeviceBench bench, ModelConfig config, SampleSetting setting, int groups, int perGroup)
    {
        _bench = bench;
        _groups = groups;
        _candidates = groups * perGroup;
        int stride = PaddedWidth.Of(config.VocabularySize), mask = config.VocabularySize - 1;
        _sample = new SampleKernel(bench.Library, bench.Options);
        _unmask = new UnmaskKernel(bench.Library, bench.Options);
        Bytes = (double)_candidates * config.VocabularySize * sizeof(float);
        _logits = new ulong[bench.Copies((long)Bytes)];
        for (int copy = 0; copy < _logits.Length; copy++) _logits[copy] = Logits(stride, setting.Peak);

        var tokens = new int[_candidates];
        tokens.AsSpan().Fill(mask);
        _sampling = new SampleParameters
        {
            DrawnTokens = bench.Allocate(_candidates * sizeof(int), "drawn tokens"),
            DrawnConfidences = bench.Allocate(_candidates * sizeof(float), "drawn confidences"),
            Workspace = bench.Allocate(
                SampleKernel.WorkspaceBytes(config.VocabularySize, _candidates), "workspace of sampling"),
            Tokens = bench.Upload<int>(tokens, "tokens"),
            Candidates = bench.Upload<StepCandidate>(Candidates(perGroup), "candidates"),
            Groups = bench.Upload<StepGroup>(GroupsOf(setting, perGroup), "groups"),
            Header = bench.Upload<StepHeader>([new() { Candidates = _candidates, Groups = groups }], "header"),
            Vocabulary = config.VocabularySize,
            Stride = stride,
            MaskToken = mask,
        };
        _unmasking = new UnmaskParameters
        {
            Tokens = _sampling.Tokens,
            Confidences = bench.Allocate(_candidates * sizeof(float), "confidences"),
            MasksLeft = bench.Allocate(groups * sizeof(int), "masks left"),
            Carry = bench.Allocate(groups * sizeof(int), "carry"),
            DrawnTokens = _sampling.DrawnTokens,
            DrawnConfidences = _sampling.DrawnConfidences,
            Candidates = _sampling.Candidates,
            Groups = _sampling.Groups,
            Header = _sampling.Header,
        };
    }

    public int Copies => _logits.Length;

    /// <summary>The logits.</summary>
    public double Bytes { get; }

    public void LaunchBoth(int copy)
    {
        _sample.Launch(_bench.Stream, _sampling with { Logits = _logits[copy] }, _candidates);
        LaunchUnmask(copy);
    }

    public void LaunchUnmask(int copy) => _unmask.Launch(_bench.Stream, _unmasking, _groups);

    private ulong Logits(int stride, float peak)
    {
        ulong address = _bench.RandomFloats((long)_candidates * stride, LogitRange, "logits");
        for (int row = 0; row < _candidates && peak > 0; row++)
        {
            long index = (long)row * stride + row * 37;
            _bench.Write<float>(address + (ulong)index * sizeof(float), [peak]);
        }

        return address;
    }

    private StepCandidate[] Candidates(int perGroup) =>
    [
        .. Enumerable.Range(0, _candidates).Select(i => new StepCandidate
        {
            Pool = i,
            LogitsRow = i,
            Position = i,
            Group = i / perGroup,
        }),
    ];

    private StepGroup[] GroupsOf(SampleSetting setting, int perGroup) =>
    [
        .. Enumerable.Range(0, _groups).Select(group => new StepGroup
        {
            First = group * perGroup,
            Count = perGroup,
            Rule = (int)UnmaskRule.Scheduled,
            Confidence = (int)setting.Confidence,
            RandomStep = 1,
            Temperature = setting.Temperature,
            TopP = setting.TopP,
            TopK = setting.TopK,
            SeedLow = 1,
        }),
    ];
}
