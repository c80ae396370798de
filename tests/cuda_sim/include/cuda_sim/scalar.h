// Device functions of one thread.
#pragma once

DEVICE unsigned bits_of_float(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

DEVICE float float_of_bits(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

DEVICE unsigned __float_as_uint(float value) { return bits_of_float(value); }
DEVICE float __uint_as_float(unsigned bits) { return float_of_bits(bits); }
DEVICE int __float_as_int(float value) { return (int)bits_of_float(value); }
DEVICE float __int_as_float(int bits) { return float_of_bits((unsigned)bits); }

DEVICE int __popc(unsigned v) { return __builtin_popcount(v); }
DEVICE int __popcll(unsigned long long v) { return __builtin_popcountll(v); }
DEVICE int __clz(int v) { return v ? __builtin_clz((unsigned)v) : 32; }
DEVICE int __clzll(long long v) { return v ? __builtin_clzll((unsigned long long)v) : 64; }
DEVICE int __ffs(int v) { return __builtin_ffs(v); }
DEVICE unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
DEVICE unsigned __brev(unsigned v) {
    unsigned reversed = 0;
    for (int bit = 0; bit < 32; bit++) reversed |= (v >> bit & 1) << (31 - bit);
    return reversed;
}

DEVICE float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
DEVICE float __fadd_rn(float a, float b) { return a + b; }
DEVICE float __fmul_rn(float a, float b) { return a * b; }
DEVICE float __fsqrt_rn(float v) { return std::sqrt(v); }
DEVICE float __fdiv_rn(float a, float b) { return a / b; }

template <class T>
DEVICE T __ldg(const T* pointer) {
    return *pointer;
}

// CUDA's overloads. Mixed signedness compares as unsigned; of a NaN and a number the number is returned.
DEVICE int min(int a, int b) { return a < b ? a : b; }
DEVICE int max(int a, int b) { return a > b ? a : b; }
DEVICE unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
DEVICE unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
DEVICE unsigned min(unsigned a, int b) { return min(a, (unsigned)b); }
DEVICE unsigned max(unsigned a, int b) { return max(a, (unsigned)b); }
DEVICE unsigned min(int a, unsigned b) { return min((unsigned)a, b); }
DEVICE unsigned max(int a, unsigned b) { return max((unsigned)a, b); }
DEVICE long long min(long long a, long long b) { return a < b ? a : b; }
DEVICE long long max(long long a, long long b) { return a > b ? a : b; }
DEVICE unsigned long long min(unsigned long long a, unsigned long long b) { return a < b ? a : b; }
DEVICE unsigned long long max(unsigned long long a, unsigned long long b) { return a > b ? a : b; }
DEVICE float min(float a, float b) { return std::fmin(a, b); }
DEVICE float max(float a, float b) { return std::fmax(a, b); }

// Fibers run one at a time, so every write of a block is visible to all. The fences matter only to TSan.
DEVICE void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
DEVICE void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
DEVICE void __trap(CUDA_SIM_SITE) { cuda_sim_trap("__trap", site); }
