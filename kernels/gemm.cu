// Products with many rows in tiles: out = input * weights^T. Grid: (row tiles, column tiles, splits of the inputs). The
// row tiles of a column tile are neighbours, so that they find its weights in the L2 cache. Every split writes its own
// plane, and the reader adds the planes. With SiLU-mul there is one split.
//
// -DTILE_ROWS: 16, 32, 64 or 128. -DTILE_COLUMNS: a multiple of 64. f32 supports 64 x 64 only. -DSTAGES: bf16 only.
#include "base/types.cuh"
#include "host/layout.cuh"
#include "mma/silu.cuh"

struct GemmParameters {
    void* out;               // gemm: f32 [splits, rows, outputs]; gemm_silu_mul: element [rows, outputs / 2]
    const element* input;    // [rows, inputs]
    const element* weights;  // [outputs, inputs]
    int rows;
    int outputs;             // a multiple of 64
    int inputs;              // a multiple of 64
    int split_inputs;        // a multiple of 64
};

#if defined(ELEMENT_BF16)
#include "mma/gemm_bf16.cuh"
#else
#include "mma/gemm_f32.cuh"
#endif

extern "C" __global__ void __launch_bounds__(THREADS, RESIDENT_BLOCKS) gemm(GemmParameters p) {
    launch_dependents();
    TileSums sums;
    multiply_tile(sums, p);
    float* plane = (float*)p.out + (u64)blockIdx.z * p.rows * p.outputs;
    store_tile(sums, plane, p);
}

extern "C" __global__ void __launch_bounds__(THREADS, RESIDENT_BLOCKS) gemm_silu_mul(GemmParameters p) {
    launch_dependents();
    TileSums sums;
    multiply_tile(sums, p);
    store_silu_mul(sums, (element*)p.out, p);
}

PARAMETER_LAYOUT(gemm, GemmParameters,
                 FIELD(out) FIELD(input) FIELD(weights) FIELD(rows) FIELD(outputs) FIELD(inputs) FIELD(split_inputs))
