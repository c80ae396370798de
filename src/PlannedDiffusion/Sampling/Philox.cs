namespace PlannedDiffusion.Sampling;

/// <summary>
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). A pure function of counter and
/// key in 32-bit integers, so every device draws the same numbers whatever the order of its threads.
/// </summary>
internal static class Philox
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>The four output words of a counter (four words) under a key (two words).</summary>
    public static (uint W0, uint W1, uint W2, uint W3) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            c0 = (uint)(product1 >> 32) ^ c1 ^ k0;
            c2 = (uint)(product0 >> 32) ^ c3 ^ k1;
            c1 = (uint)product1;
            c3 = (uint)product0;
            k0 = unchecked(k0 + Weyl0);
            k1 = unchecked(k1 + Weyl1);
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>
    /// The draw of one token: key = seed (low word first), counter = (position, step, 0, 0); the upper 24 bits of word
    /// 0, as a multiple of 2^-24 in [0, 1). Exact in binary32.
    /// </summary>
    public static float Uniform(ulong seed, int position, int step)
    {
        uint word = Block((uint)position, (uint)step, 0, 0, (uint)seed, (uint)(seed >> 32)).W0;
        return (word >> 8) * (1f / (1 << 24));
    }
}
