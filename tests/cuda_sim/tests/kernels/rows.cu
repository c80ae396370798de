// A kernel such as the engine's: one block per row, the sum of squares over the block.
#define PARAMETER_LAYOUTS
#include "base/types.cuh"
#include "host/layout.cuh"

struct ScaleRowsParameters {
    element* out;
    const element* in;
    u8 small;
    int columns;
    float epsilon;
};

#define THREADS 128

DEVICE float warp_sum(float value) {
    for (int lanes = WARP_SIZE / 2; lanes; lanes /= 2)
        value += __shfl_xor_sync(FULL_WARP, value, lanes);
    return value;
}

template <int Warps>
DEVICE float block_sum(float value) {
    __shared__ float parts[Warps];
    value = warp_sum(value);
    if (threadIdx.x % WARP_SIZE == 0) parts[threadIdx.x / WARP_SIZE] = value;
    __syncthreads();
    float sum = 0.f;
    for (int i = 0; i < Warps; i++) sum += parts[i];
    return sum;
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) scale_rows(ScaleRowsParameters p) {
    const element* in = p.in + (u64)blockIdx.x * p.columns;
    element* out = p.out + (u64)blockIdx.x * p.columns;
    float sum = 0.f;
    for (int i = threadIdx.x * ELEMENTS_PER_VECTOR; i < p.columns; i += THREADS * ELEMENTS_PER_VECTOR) {
        float values[ELEMENTS_PER_VECTOR];
        load_vector(in + i, values);
        for (int j = 0; j < ELEMENTS_PER_VECTOR; j++) sum += values[j] * values[j];
    }
    float scale = rsqrt_approx(block_sum<THREADS / WARP_SIZE>(sum) / p.columns + p.epsilon) * p.small;
    for (int i = threadIdx.x * ELEMENTS_PER_VECTOR; i < p.columns; i += THREADS * ELEMENTS_PER_VECTOR) {
        float values[ELEMENTS_PER_VECTOR];
        load_vector(in + i, values);
        for (int j = 0; j < ELEMENTS_PER_VECTOR; j++) values[j] *= scale;
        store_vector(out + i, values);
    }
}

PARAMETER_LAYOUT(scale_rows, ScaleRowsParameters, FIELD(out) FIELD(in) FIELD(small) FIELD(columns) FIELD(epsilon))
