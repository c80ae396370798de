// The part of the CUDA dialect that clang lacks when it compiles without a toolkit.
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
BUILTIN void __syncwarp(unsigned mask = 0xffffffffu) { __nvvm_bar_warp_sync(mask); }

BUILTIN int __shfl_xor_sync(unsigned mask, int v, int lane, int = 32) {
    return __nvvm_shfl_sync_bfly_i32(mask, v, lane, 0x1f);
}
BUILTIN unsigned __shfl_xor_sync(unsigned mask, unsigned v, int lane, int = 32) {
    return (unsigned)__nvvm_shfl_sync_bfly_i32(mask, (int)v, lane, 0x1f);
}
BUILTIN float __shfl_xor_sync(unsigned mask, float v, int lane, int = 32) {
    return __nvvm_shfl_sync_bfly_f32(mask, v, lane, 0x1f);
}
BUILTIN int __shfl_up_sync(unsigned mask, int v, unsigned delta, int = 32) {
    return __nvvm_shfl_sync_up_i32(mask, v, delta, 0);
}
BUILTIN float __shfl_up_sync(unsigned mask, float v, unsigned delta, int = 32) {
    return __nvvm_shfl_sync_up_f32(mask, v, delta, 0);
}
BUILTIN int __shfl_sync(unsigned mask, int v, int lane, int = 32) {
    return __nvvm_shfl_sync_idx_i32(mask, v, lane, 0x1f);
}
BUILTIN float __shfl_sync(unsigned mask, float v, int lane, int = 32) {
    return __nvvm_shfl_sync_idx_f32(mask, v, lane, 0x1f);
}
BUILTIN unsigned __ballot_sync(unsigned mask, bool p) { return __nvvm_vote_ballot_sync(mask, p); }
BUILTIN int atomicAdd(int* p, int v) { return __nvvm_atom_add_gen_i(p, v); }
BUILTIN float atomicAdd(float* p, float v) { return __nvvm_atom_add_gen_f(p, v); }
BUILTIN int __popc(unsigned v) { return __builtin_popcount(v); }
BUILTIN unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }

#undef BUILTIN
