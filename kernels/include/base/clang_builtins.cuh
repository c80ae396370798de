// The parts of CUDA C++ that clang lacks without a CUDA toolkit.
#pragma once

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
#define __shared__ __attribute__((shared))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))

struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x, y, z;
};

#include <__clang_cuda_builtin_vars.h>

#define BUILTIN __device__ static __forceinline__

BUILTIN unsigned __float_as_uint(float f) { return __builtin_bit_cast(unsigned, f); }
BUILTIN float __uint_as_float(unsigned u) { return __builtin_bit_cast(float, u); }
BUILTIN int __float_as_int(float f) { return __builtin_bit_cast(int, f); }
BUILTIN float __int_as_float(int i) { return __builtin_bit_cast(float, i); }
BUILTIN void __syncwarp(unsigned mask = 0xffffffffu) { __nvvm_bar_warp_sync(mask); }
BUILTIN void __threadfence() { __nvvm_membar_gl(); }
BUILTIN void __threadfence_block() { __nvvm_membar_cta(); }

// Shuffles of 4 bytes. The last operand of the instruction encodes the group of `width` lanes and its last lane.
#define SHUFFLE(name, instruction, third, end)                                                            \
    BUILTIN int name(unsigned mask, int v, third lane, int width = 32) {                                  \
        return __nvvm_shfl_sync_##instruction##_i32(mask, v, (int)lane, ((32 - width) << 8) | (end));     \
    }                                                                                                     \
    BUILTIN unsigned name(unsigned mask, unsigned v, third lane, int width = 32) {                        \
        return (unsigned)name(mask, (int)v, lane, width);                                                 \
    }                                                                                                     \
    BUILTIN float name(unsigned mask, float v, third lane, int width = 32) {                              \
        return __nvvm_shfl_sync_##instruction##_f32(mask, v, (int)lane, ((32 - width) << 8) | (end));     \
    }
SHUFFLE(__shfl_xor_sync, bfly, int, 0x1f)
SHUFFLE(__shfl_up_sync, up, unsigned, 0)
SHUFFLE(__shfl_down_sync, down, unsigned, 0x1f)
SHUFFLE(__shfl_sync, idx, int, 0x1f)
#undef SHUFFLE

BUILTIN unsigned __ballot_sync(unsigned mask, bool p) { return __nvvm_vote_ballot_sync(mask, p); }
BUILTIN int __any_sync(unsigned mask, bool p) { return __nvvm_vote_any_sync(mask, p); }
BUILTIN int __all_sync(unsigned mask, bool p) { return __nvvm_vote_all_sync(mask, p); }

BUILTIN int atomicAdd(int* p, int v) { return __nvvm_atom_add_gen_i(p, v); }
BUILTIN unsigned atomicAdd(unsigned* p, unsigned v) { return (unsigned)__nvvm_atom_add_gen_i((int*)p, (int)v); }
BUILTIN float atomicAdd(float* p, float v) { return __nvvm_atom_add_gen_f(p, v); }
BUILTIN int atomicMax(int* p, int v) { return __nvvm_atom_max_gen_i(p, v); }
BUILTIN unsigned atomicMax(unsigned* p, unsigned v) { return __nvvm_atom_max_gen_ui(p, v); }
BUILTIN int atomicMin(int* p, int v) { return __nvvm_atom_min_gen_i(p, v); }
BUILTIN unsigned atomicMin(unsigned* p, unsigned v) { return __nvvm_atom_min_gen_ui(p, v); }
BUILTIN int atomicExch(int* p, int v) { return __nvvm_atom_xchg_gen_i(p, v); }
BUILTIN unsigned atomicExch(unsigned* p, unsigned v) { return (unsigned)__nvvm_atom_xchg_gen_i((int*)p, (int)v); }
BUILTIN int atomicCAS(int* p, int compare, int v) { return __nvvm_atom_cas_gen_i(p, compare, v); }
BUILTIN unsigned atomicCAS(unsigned* p, unsigned compare, unsigned v) {
    return (unsigned)__nvvm_atom_cas_gen_i((int*)p, (int)compare, (int)v);
}

BUILTIN int __popc(unsigned v) { return __builtin_popcount(v); }
BUILTIN int __clz(int v) { return v ? __builtin_clz((unsigned)v) : 32; }
BUILTIN int __ffs(int v) { return __builtin_ffs(v); }
BUILTIN unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
BUILTIN float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

template <class T>
BUILTIN T __ldg(const T* p) {
    return *p;
}

// Mixed signedness compares as unsigned.
BUILTIN int min(int a, int b) { return a < b ? a : b; }
BUILTIN int max(int a, int b) { return a > b ? a : b; }
BUILTIN unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
BUILTIN unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
BUILTIN unsigned min(unsigned a, int b) { return min(a, (unsigned)b); }
BUILTIN unsigned max(unsigned a, int b) { return max(a, (unsigned)b); }
BUILTIN unsigned min(int a, unsigned b) { return min((unsigned)a, b); }
BUILTIN unsigned max(int a, unsigned b) { return max((unsigned)a, b); }
BUILTIN long long min(long long a, long long b) { return a < b ? a : b; }
BUILTIN long long max(long long a, long long b) { return a > b ? a : b; }
BUILTIN unsigned long long min(unsigned long long a, unsigned long long b) { return a < b ? a : b; }
BUILTIN unsigned long long max(unsigned long long a, unsigned long long b) { return a > b ? a : b; }
BUILTIN float min(float a, float b) { return __builtin_fminf(a, b); }
BUILTIN float max(float a, float b) { return __builtin_fmaxf(a, b); }

#undef BUILTIN
