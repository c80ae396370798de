// The differences between the three compilers of the kernels: NVRTC or nvcc, clang without a CUDA toolkit, and the host
// compiler of the simulated driver (CUDA_SIM).
#pragma once

#if defined(CUDA_SIM)
#include "cuda_sim/device.h"
#else
#if defined(__clang__) && !defined(__CUDACC__)
#include "base/clang_builtins.cuh"
#endif
#define DEVICE __device__ __forceinline__
// Shared memory whose size is set by the launch; 128-byte aligned.
#define DYNAMIC_SHARED(name) extern __shared__ __align__(128) u8 name[]

DEVICE u32 bits_of_float(float value) { return __float_as_uint(value); }
DEVICE float float_of_bits(u32 bits) { return __uint_as_float(bits); }
#endif
