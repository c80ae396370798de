namespace PlannedDiffusion.Sampling;

/// <summary>
/// A value and its index as one integer whose ascending order is: larger value first, then lower index. Keys are
/// unique, so any sort gives the same ranking. If -0 and +0 are to tie, the caller makes them equal first.
/// </summary>
internal static class RankKey
{
    public static ulong Of(float value, int index)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        // The usual order-preserving map of binary32 to unsigned integers, complemented: large values come first.
        uint descending = (bits >> 31) != 0 ? bits : ~bits & 0x7FFF_FFFF;
        return ((ulong)descending << 32) | (uint)index;
    }

    public static int IndexOf(ulong key) => (int)(uint)key;
}
