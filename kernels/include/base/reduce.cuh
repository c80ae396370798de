// Sums, maxima and running sums over warps and blocks. The order is fixed, so the bits of a result are the same in
// every run. All threads of a block must call a block_ function, and all get the result. `scratch` is BLOCK_SCRATCH
// values of shared memory, which can be reused when the function returns.
#pragma once
#include "base/types.cuh"

#define BLOCK_SCRATCH 32 // one value for each warp

DEVICE unsigned lane_index() { return threadIdx.x % WARP_SIZE; }
DEVICE unsigned warp_index() { return threadIdx.x / WARP_SIZE; }
DEVICE unsigned warp_count() { return blockDim.x / WARP_SIZE; }

DEVICE float warp_sum(float value) {
#pragma unroll
    for (int distance = WARP_SIZE / 2; distance > 0; distance /= 2) {
        value += __shfl_xor_sync(FULL_WARP, value, distance);
    }
    return value;
}

DEVICE int warp_sum(int value) {
#pragma unroll
    for (int distance = WARP_SIZE / 2; distance > 0; distance /= 2) {
        value += __shfl_xor_sync(FULL_WARP, value, distance);
    }
    return value;
}

DEVICE float warp_max(float value) {
#pragma unroll
    for (int distance = WARP_SIZE / 2; distance > 0; distance /= 2) {
        value = max_float(value, __shfl_xor_sync(FULL_WARP, value, distance));
    }
    return value;
}

DEVICE int warp_min(int value) {
#pragma unroll
    for (int distance = WARP_SIZE / 2; distance > 0; distance /= 2) {
        int other = __shfl_xor_sync(FULL_WARP, value, distance);
        value = other < value ? other : value;
    }
    return value;
}

// The sum over this lane and the lanes below it.
DEVICE float warp_running_sum(float value) {
#pragma unroll
    for (int distance = 1; distance < WARP_SIZE; distance *= 2) {
        float below = __shfl_up_sync(FULL_WARP, value, (unsigned)distance);
        if (lane_index() >= (unsigned)distance) value += below;
    }
    return value;
}

DEVICE float block_sum(float value, float* scratch) {
    value = warp_sum(value);
    if (lane_index() == 0) scratch[warp_index()] = value;
    __syncthreads();
    value = lane_index() < warp_count() ? scratch[lane_index()] : 0.f;
    value = warp_sum(value);
    __syncthreads();
    return value;
}

DEVICE int block_sum(int value, int* scratch) {
    value = warp_sum(value);
    if (lane_index() == 0) scratch[warp_index()] = value;
    __syncthreads();
    value = lane_index() < warp_count() ? scratch[lane_index()] : 0;
    value = warp_sum(value);
    __syncthreads();
    return value;
}

DEVICE float block_max(float value, float* scratch) {
    value = warp_max(value);
    if (lane_index() == 0) scratch[warp_index()] = value;
    __syncthreads();
    value = scratch[lane_index() < warp_count() ? lane_index() : 0];
    value = warp_max(value);
    __syncthreads();
    return value;
}

DEVICE int block_min(int value, int* scratch) {
    value = warp_min(value);
    if (lane_index() == 0) scratch[warp_index()] = value;
    __syncthreads();
    value = scratch[lane_index() < warp_count() ? lane_index() : 0];
    value = warp_min(value);
    __syncthreads();
    return value;
}

// The sum over all threads with a lower threadIdx.x. `total` is the sum over the block.
DEVICE float block_running_sum(float value, float* scratch, float& total) {
    float up_to_here = warp_running_sum(value);
    if (lane_index() == WARP_SIZE - 1) scratch[warp_index()] = up_to_here;
    __syncthreads();
    float warps = lane_index() < warp_count() ? scratch[lane_index()] : 0.f;
    float warps_up_to = warp_running_sum(warps);
    total = __shfl_sync(FULL_WARP, warps_up_to, WARP_SIZE - 1);
    int previous = (int)warp_index() - 1;
    float before = __shfl_sync(FULL_WARP, warps_up_to, previous < 0 ? 0 : previous);
    float lower = __shfl_up_sync(FULL_WARP, up_to_here, 1u);
    __syncthreads();
    return (warp_index() == 0 ? 0.f : before) + (lane_index() == 0 ? 0.f : lower);
}
