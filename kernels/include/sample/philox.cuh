// Philox4x32-10 (Salmon et al., 2011): random numbers as a pure function of counter and key. The bits are those of
// PlannedDiffusion.Sampling.Philox.
#pragma once
#include "base/types.cuh"

// The random number of one token: key = seed, counter = (position, step, 0, 0). The upper 24 bits of word 0, in [0, 1).
DEVICE float philox_uniform(u32 seed_low, u32 seed_high, u32 position, u32 step) {
    u32 c0 = position, c1 = step, c2 = 0, c3 = 0;
#pragma unroll
    for (int round = 0; round < 10; round++) {
        u32 high0 = __umulhi(0xD2511F53u, c0), low0 = 0xD2511F53u * c0;
        u32 high1 = __umulhi(0xCD9E8D57u, c2), low1 = 0xCD9E8D57u * c2;
        c0 = high1 ^ c1 ^ seed_low;
        c2 = high0 ^ c3 ^ seed_high;
        c1 = low1;
        c3 = low0;
        seed_low += 0x9E3779B9u;
        seed_high += 0xBB67AE85u;
    }
    return (float)(c0 >> 8) * (1.f / 16777216.f);
}
