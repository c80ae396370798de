// SiLU(gate) * up of a product whose columns alternate in groups of 8: 8 gates, then their 8 up values.
#include "host/layout.cuh"
#include "mma/planes.cuh"
#include "mma/silu.cuh"

#define THREADS 256
#define LANE_OUTPUTS QUAD

struct SiluMulParameters {
    element* out;          // [rows, width]
    const float* product;  // [splits, rows, 2 * width]
    int rows;
    int width;             // a multiple of 64
    int splits;
};

// Grid: rows x blocks of THREADS * LANE_OUTPUTS columns.
extern "C" __global__ void __launch_bounds__(THREADS) silu_mul(SiluMulParameters p) {
    launch_dependents();
    wait_for_dependencies();
    int column = (int)(blockIdx.y * THREADS + threadIdx.x) * LANE_OUTPUTS;
    if (column >= p.width) return;
    const float* gates = p.product + (u64)blockIdx.x * 2 * p.width + column / GATE_GROUP * (2 * GATE_GROUP) +
                         column % GATE_GROUP;
    float sums[2][QUAD] = {}, values[QUAD];  // gates, then ups
    add_planes(sums, gates, GATE_GROUP, (u64)p.rows * 2 * p.width, p.splits);
#pragma unroll
    for (int i = 0; i < QUAD; i++) values[i] = gated(sums[0][i], sums[1][i]);
    store_element_quad(p.out + (u64)blockIdx.x * p.width + column, values);
}

PARAMETER_LAYOUT(silu_mul, SiluMulParameters, FIELD(out) FIELD(product) FIELD(rows) FIELD(width) FIELD(splits))
