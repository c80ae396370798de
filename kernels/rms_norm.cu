// residual += the partial sums of the previous product; out = residual / sqrt(mean(residual^2) + epsilon) * weight. A
// block keeps its row in registers between the two passes. Grid: rows. A gather list is for the norm before the output
// head: only the listed rows are normalised, they are packed, and the residual does not change.
#include "base/reduce.cuh"
#include "host/layout.cuh"
#include "host/step.cuh"
#include "mma/planes.cuh"

// A row is at most 1024 threads * 4 quads * 4 values = 16384 wide.
#define QUADS_PER_THREAD 4

struct RmsNormParameters {
    element* out;             // [rows, width]
    float* residual;          // [rows, width]
    const float* delta;       // [splits, bucket, width], or null
    const float* weight;      // [width]
    const int* gather;        // [logits rows]: the rows to normalise; null: all rows
    const StepHeader* header;
    int splits;
    int bucket;
    int hidden;
    int width;
    float epsilon;
};

// 1 / sqrt(x) to the last bits: the approximation and one Newton step.
DEVICE float accurate_rsqrt(float x) {
    float y = rsqrt_approx(x);
    return y * (1.5f - 0.5f * x * y * y);
}

extern "C" __global__ void __launch_bounds__(1024) rms_norm(RmsNormParameters p) {
    __shared__ float scratch[BLOCK_SCRATCH];
    launch_dependents();
    wait_for_dependencies();
    int index = (int)blockIdx.x;
    if (index >= (p.gather ? p.header->logits_rows : p.header->rows)) return;
    int row = p.gather ? p.gather[index] : index;
    float* residual = p.residual + (u64)row * p.width;

    float values[QUADS_PER_THREAD][1][QUAD];
    float squares = 0;
#pragma unroll
    for (int i = 0; i < QUADS_PER_THREAD; i++) {
        int column = ((int)threadIdx.x + i * (int)blockDim.x) * QUAD;
        if (column >= p.width) continue;
        load_quad(residual + column, values[i][0]);
        const float* delta = p.delta + (u64)row * p.width + column;
        add_planes(values[i], delta, 0, (u64)p.bucket * p.width, p.delta ? p.splits : 0);
        // Columns from hidden on count as zero, whatever they contain.
#pragma unroll
        for (int k = 0; k < QUAD; k++) values[i][0][k] = column + k < p.hidden ? values[i][0][k] : 0.f;
        if (p.delta && !p.gather) store_quad(residual + column, values[i][0]);
#pragma unroll
        for (int k = 0; k < QUAD; k++) squares += values[i][0][k] * values[i][0][k];
    }

    float scale = accurate_rsqrt(block_sum(squares, scratch) / (float)p.hidden + p.epsilon);
    element* out = p.out + (u64)index * p.width;
#pragma unroll
    for (int i = 0; i < QUADS_PER_THREAD; i++) {
        int column = ((int)threadIdx.x + i * (int)blockDim.x) * QUAD;
        if (column >= p.width) continue;
        float weight[QUAD];
        load_quad(p.weight + column, weight);
#pragma unroll
        for (int k = 0; k < QUAD; k++) {
            values[i][0][k] = column + k < p.hidden ? values[i][0][k] * scale * weight[k] : 0.f;
        }
        store_element_quad(out + column, values[i][0]);
    }
}

PARAMETER_LAYOUT(rms_norm, RmsNormParameters,
                 FIELD(out) FIELD(residual) FIELD(delta) FIELD(weight) FIELD(gather) FIELD(header) FIELD(splits)
                 FIELD(bucket) FIELD(hidden) FIELD(width) FIELD(epsilon))
