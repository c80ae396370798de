using PlannedDiffusion.Cpu.Memory;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Working memory of <see cref="CpuKernels.SampleCandidate"/> for one worker. Sampling itself allocates nothing.
/// </summary>
internal sealed class SampleScratch
{
    /// <summary>The number of values that are summed in f32 before they enter the f64 total.</summary>
    public const int ChunkSize = 1024;

    public SampleScratch(int vocabulary)
    {
        int padded = Padding.ToVector(vocabulary);
        Vocabulary = vocabulary;
        Values = new float[padded];
        ChunkMass = new double[(padded + ChunkSize - 1) / ChunkSize];
        Window = new ulong[vocabulary];
        // The row is padded to whole vectors. The padding has no weight and is never the largest.
        Values.AsSpan(vocabulary).Fill(float.NegativeInfinity);
    }

    /// <summary>The approximate bytes: a float and a key for each token.</summary>
    public static long SizeOf(int vocabulary) => (long)vocabulary * (sizeof(float) + sizeof(ulong));

    public int Vocabulary { get; }

    /// <summary>The row, finite except for the mask token: [vocabulary, padded with -inf]</summary>
    public float[] Values { get; }

    /// <summary>Unnormalised probability of each chunk: [chunks]</summary>
    public double[] ChunkMass { get; }

    /// <summary>
    /// Rank keys of the few values around a cut: [vocabulary], of which usually only the first few are used.
    /// </summary>
    public ulong[] Window { get; }
}
