// The CUDA dialect for the host compiler. It offers what kernels/include/base/dialect.cuh and ptx/ptx.cuh offer, under
// the same names.
#pragma once
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include "cuda_sim/abi.h"

// The driver looks for the first two in the preprocessed source, to find the kernels.
#define __global__ __attribute__((cuda_sim_kernel))
#define __launch_bounds__(...) __attribute__((cuda_sim_launch_bounds(__VA_ARGS__)))
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define DEVICE inline

// Plain statics under ASan, which adds redzones to them but not to variables in a named section.
#if defined(__SANITIZE_ADDRESS__)
#define __shared__ static
#else
#define __shared__ static __attribute__((section("cuda_sim_shared")))
#endif
#define DYNAMIC_SHARED(name) unsigned char* const name = cuda_sim_thread->dynamic_shared

#define threadIdx (cuda_sim_thread->thread_index)
#define blockIdx (cuda_sim_thread->block_index)
#define blockDim (cuda_sim_thread->block_size)
#define gridDim (cuda_sim_thread->grid_size)
#define warpSize 32

// The last parameter of everything that is identified by its call site.
#define CUDA_SIM_SITE cuda_sim::Site site = {__builtin_FILE(), __builtin_LINE()}

#include "cuda_sim/scalar.h"
#include "cuda_sim/warp.h"
#include "cuda_sim/atomics.h"
#include "cuda_sim/ptx.h"
#include "cuda_sim/registration.h"
