// Random numbers for benchmarks, uniform around a mean. They depend on seed and index only, so every device writes the
// same. Padding is not written. Grid: any number of blocks of 256 threads.
#include "base/types.cuh"
#include "host/layout.cuh"

struct RandomFillParameters {
    void* out;    // [rows, stride], element or f32
    u64 seed;
    int rows;
    int columns;
    int stride;
    int is_float; // 1: out is f32 even if the element is bf16
    float mean;
    float range;  // from mean - range to mean + range
};

// The finalising steps of MurmurHash3: every bit of the result depends on every bit of the value.
DEVICE u64 mixed(u64 value) {
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdull;
    value ^= value >> 33;
    value *= 0xc4ceb9fe1a85ec53ull;
    return value ^ value >> 33;
}

extern "C" __global__ void __launch_bounds__(256) random_fill(RandomFillParameters p) {
    launch_dependents();
    wait_for_dependencies();
    u64 count = (u64)p.rows * (u64)p.columns, step = (u64)gridDim.x * blockDim.x;
    u64 salt = mixed(p.seed + 0x9e3779b97f4a7c15ull);
    for (u64 i = (u64)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += step) {
        u64 row = i / (u64)p.columns, at = row * (u64)p.stride + (i - row * (u64)p.columns);
        float unit = (float)(int)(u32)(mixed(i ^ salt) >> 32) * (1.f / 2147483648.f);
        float value = p.mean + p.range * unit;
        if (p.is_float) ((float*)p.out)[at] = value;
        else ((element*)p.out)[at] = float_to_element(value);
    }
}

PARAMETER_LAYOUT(random_fill, RandomFillParameters,
                 FIELD(out) FIELD(seed) FIELD(rows) FIELD(columns) FIELD(stride) FIELD(is_float) FIELD(mean)
                 FIELD(range))
