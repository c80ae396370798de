// Bugs to be found. Each kernel is right, and wrong with -DBUG.
#include "base/types.cuh"

#if defined(BUG)
#define UNLESS_BUG(statement)
#else
#define UNLESS_BUG(statement) statement
#endif

// Each thread reads what a thread of another warp wrote.
extern "C" __global__ void missing_barrier(int* out) {
    __shared__ int values[128];
    int t = threadIdx.x;
    values[t] = t * 3;
    UNLESS_BUG(__syncthreads();)
    out[t] = values[(t + 64) % 128];
}

// The next round overwrites what slower threads still read. With the schedule of a plain run the result is right.
extern "C" __global__ void missing_second_barrier(int* out) {
    __shared__ int value;
    int sum = 0;
    for (int round = 0; round < 4; round++) {
        if (threadIdx.x == 0) value = round;
        __syncthreads();
        sum += value;
        UNLESS_BUG(__syncthreads();)
    }
    out[threadIdx.x] = sum;
}

extern "C" __global__ void missing_syncwarp(int* out) {
    __shared__ int values[128];
    int t = threadIdx.x;
    values[t] = t * 3;
    UNLESS_BUG(__syncwarp();)
    out[t] = values[t ^ 31];
}

extern "C" __global__ void missing_wait(float* out, const float* in) {
    __shared__ __align__(16) float values[128 * 4];
    int t = threadIdx.x;
    cp_async_16(&values[t * 4], in + t * 4, true);
    cp_async_commit();
    UNLESS_BUG(cp_async_wait<0>();)
    out[t] = values[t * 4];
}

extern "C" __global__ void divergent_barrier(int* out) {
    int t = threadIdx.x;
#if defined(BUG)
    if (t >= 40) return;
#endif
    __syncthreads();
    out[t] = t;
}

extern "C" __global__ void two_barriers(int* out) {
    int t = threadIdx.x;
#if defined(BUG)
    if (t < 32) {
        __syncthreads();
    } else {
        __syncthreads();
    }
#else
    __syncthreads();
#endif
    out[t] = t;
}

extern "C" __global__ void divergent_shuffle(int* out) {
    int t = threadIdx.x, value = 0;
#if defined(BUG)
    if (t & 1)
        value = __shfl_xor_sync(FULL_WARP, t, 1);
    else
        value = __shfl_xor_sync(FULL_WARP, t, 2);
#else
    value = __shfl_xor_sync(FULL_WARP, t, 1);
#endif
    out[t] = value;
}

extern "C" __global__ void shuffle_after_exit(int* out) {
    int t = threadIdx.x;
#if defined(BUG)
    if (t >= 20) return;
#endif
    out[t] = __shfl_xor_sync(FULL_WARP, t, 1);
}

extern "C" __global__ void global_overrun(int* out, int count) {
#if defined(BUG)
    count++;
#endif
    for (int i = threadIdx.x; i < count; i += blockDim.x) out[i] = i;
}

extern "C" __global__ void static_overrun(int* out, int first) {
    __shared__ int values[128];
    int t = threadIdx.x;
#if defined(BUG)
    first++;
#endif
    values[first + t] = t;
    __syncwarp();
    out[t] = values[t];
}

// The launch gives 4 bytes for each thread.
extern "C" __global__ void dynamic_overrun(int* out, int first) {
    DYNAMIC_SHARED(bytes);
    int* values = (int*)bytes;
    int t = threadIdx.x;
#if defined(BUG)
    first++;
#endif
    values[first + t] = t;
    __syncwarp();
    out[t] = values[t];
}

extern "C" __global__ void misaligned_load(u32* out, const u8* in) {
#if defined(BUG)
    in += 4;
#endif
    out[threadIdx.x] = ((const Vector16*)in + threadIdx.x)->x;
}

// The last thread to add sees all sums, whatever the order.
extern "C" __global__ void order_of_blocks(int* out) {
#if defined(BUG)
    if (threadIdx.x == 0) out[0] = blockIdx.x;
#else
    if (threadIdx.x == 0) atomicAdd(out, (int)blockIdx.x);
#endif
}
