// SiLU(gate) * up of a product whose columns alternate in groups of 8: gates, then their up values.
#include "types.cuh"
#include "layout.cuh"
#include "silu.cuh"

#define THREADS 256
#define LANE_OUTPUTS 4

struct SiluMulParameters {
    element* out;          // [rows, width]
    const float* product;  // [splits, rows, 2 * width]
    int rows;
    int width;             // a multiple of 64
    int splits;
};

DEVICE void add_vector(float (&sums)[4], const float* source) {
    Vector16 v = *(const Vector16*)source;
    sums[0] += float_of_bits(v.x), sums[1] += float_of_bits(v.y);
    sums[2] += float_of_bits(v.z), sums[3] += float_of_bits(v.w);
}

DEVICE void store_four(element* target, const float (&values)[4]) {
#if defined(ELEMENT_BF16)
    struct __align__(8) Words {
        u32 x, y;
    } words = {pack_bf16x2(values[0], values[1]), pack_bf16x2(values[2], values[3])};
    *(Words*)target = words;
#else
    store_vector(target, values);
#endif
}

// Grid: rows x blocks of THREADS * LANE_OUTPUTS columns.
extern "C" __global__ void __launch_bounds__(THREADS) silu_mul(SiluMulParameters p) {
    launch_dependents();
    wait_for_dependencies();
    int column = (int)(blockIdx.y * THREADS + threadIdx.x) * LANE_OUTPUTS;
    if (column >= p.width) return;
    const float* gates = p.product + (u64)blockIdx.x * 2 * p.width + column / GATE_GROUP * (2 * GATE_GROUP) +
                         column % GATE_GROUP;
    float gate[4] = {}, up[4] = {}, values[4];
    for (int split = 0; split < p.splits; split++) {
        const float* source = gates + (u64)split * p.rows * 2 * p.width;
        add_vector(gate, source);
        add_vector(up, source + GATE_GROUP);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) values[i] = gated(gate[i], up[i]);
    store_four(p.out + (u64)blockIdx.x * p.width + column, values);
}

PARAMETER_LAYOUT(silu_mul, SiluMulParameters, FIELD(out) FIELD(product) FIELD(rows) FIELD(width) FIELD(splits))
