// Products with up to 8 rows. Their time is the time to read the weights once. Each lane has 8 loads of 16 bytes in
// flight. A block takes 16 * TILES weight rows, and its warps divide the inputs among them. Weights do not go through
// shared memory.
//
// In bf16 the tensor cores multiply. The weights are the 16 rows of a fragment, and the rows of the step are its 8
// columns. The order of the inputs in a fragment does not matter if both operands have the same order. So lane
// (g, t) = (lane / 4, lane % 4) loads 8 neighbouring inputs of rows g and g + 8 with one load each.
//
// The first weights of each lane are loaded before the kernel waits for its input.
//
// -DTILES=1 or 2. With 2 a block reads the input half as often. With 1 there are more blocks.
#include "base/types.cuh"
#include "host/layout.cuh"
#include "mma/silu.cuh"

#define WARPS 8
#define THREADS (WARPS * WARP_SIZE)
#define MAX_ROWS 8
#define TILE_OUTPUTS 16
#define BLOCK_OUTPUTS (TILE_OUTPUTS * TILES)
#define TILE_SUMS (TILE_OUTPUTS * MAX_ROWS)

struct GemvParameters {
    void* out;               // gemv: f32 [rows, outputs]; gemv_silu_mul: element [rows, outputs / 2]
    const element* input;    // [rows, inputs]
    const element* weights;  // [outputs, inputs]
    int rows;                // 1 to 8
    int outputs;             // a multiple of 64
    int inputs;              // a multiple of 64
};

DEVICE void load_cached(u32 (&words)[4], const element* source) {
    Vector16 v = *(const Vector16*)source;
    words[0] = v.x, words[1] = v.y, words[2] = v.z, words[3] = v.w;
}

#if defined(ELEMENT_BF16)
#define STEP_INPUTS 32                           // inputs of a step: 4 lanes with 8 each
#define UNIT_STEPS 2                             // neighbouring steps of a warp: 128 bytes of a row
#define UNIT_INPUTS (UNIT_STEPS * STEP_INPUTS)
#define BATCH_UNITS (2 / TILES)                  // units whose loads are in flight together

template <int Units>
struct Batch {
    u32 low[Units * UNIT_STEPS][TILES][4];   // weights of row g
    u32 high[Units * UNIT_STEPS][TILES][4];  // weights of row g + 8
    u32 input[Units * UNIT_STEPS][4];        // of one row of the step
};

// The warps take units in turn.
template <int Units>
DEVICE void load_weights(Batch<Units>& batch, const element* weights, int inputs) {
#pragma unroll
    for (int s = 0; s < Units * UNIT_STEPS; s++) {
        int k = s / UNIT_STEPS * WARPS * UNIT_INPUTS + s % UNIT_STEPS * STEP_INPUTS;
#pragma unroll
        for (int tile = 0; tile < TILES; tile++) {
            const element* row = weights + (u64)(tile * TILE_OUTPUTS) * inputs + k;
            load_streamed(batch.low[s][tile], row);
            load_streamed(batch.high[s][tile], row + (u64)8 * inputs);
        }
    }
}

template <int Units>
DEVICE void load_input(Batch<Units>& batch, const element* input) {
#pragma unroll
    for (int s = 0; s < Units * UNIT_STEPS; s++) {
        int k = s / UNIT_STEPS * WARPS * UNIT_INPUTS + s % UNIT_STEPS * STEP_INPUTS;
        load_cached(batch.input[s], input + k);
    }
}

template <int Units>
DEVICE void multiply_batch(float (&sums)[TILES][4], const Batch<Units>& batch) {
#pragma unroll
    for (int s = 0; s < Units * UNIT_STEPS; s++) {
#pragma unroll
        for (int tile = 0; tile < TILES; tile++) {
            const u32(&low)[4] = batch.low[s][tile];
            const u32(&high)[4] = batch.high[s][tile];
            u32 first[4] = {low[0], high[0], low[1], high[1]};
            u32 second[4] = {low[2], high[2], low[3], high[3]};
            mma_m16n8k16(sums[tile], first, batch.input[s][0], batch.input[s][1]);
            mma_m16n8k16(sums[tile], second, batch.input[s][2], batch.input[s][3]);
        }
    }
}

// This warp's part of the sums, in the layout of mma: weight rows g and g + 8, rows 2t and 2t + 1 of the step. Columns
// of a fragment beyond the rows of the step repeat row 0, and nobody reads their sums.
DEVICE void multiply(float (&sums)[TILES][4], const GemvParameters& p, int lane, int warp) {
    int g = lane / 4, k = warp * UNIT_INPUTS + lane % 4 * ELEMENTS_PER_VECTOR;
    const element* weights = p.weights + (u64)(blockIdx.x * BLOCK_OUTPUTS + g) * p.inputs;
    const element* input = p.input + (g < p.rows ? (u64)g * p.inputs : 0);
    const int last = (BATCH_UNITS - 1) * WARPS * UNIT_INPUTS;  // from a batch's first unit to its last
    Batch<BATCH_UNITS> batch;
    if (k + last < p.inputs) load_weights(batch, weights + k, p.inputs);
    wait_for_dependencies();
    while (k + last < p.inputs) {
        load_input(batch, input + k);
        multiply_batch(sums, batch);
        k += BATCH_UNITS * WARPS * UNIT_INPUTS;
        if (k + last < p.inputs) load_weights(batch, weights + k, p.inputs);
    }
    for (; k < p.inputs; k += WARPS * UNIT_INPUTS) {
        Batch<1> unit;
        load_weights(unit, weights + k, p.inputs);
        load_input(unit, input + k);
        multiply_batch(sums, unit);
    }
}
#else
#define STEP_INPUTS 16  // 4 lanes with 4 each

// Each lane sums its own inputs for all rows of the step. At the end the 4 lanes of a weight row are added.
DEVICE void multiply_tile(float (&sums)[4], const GemvParameters& p, const element* weights, int lane, int warp) {
    int t = lane % 4;
    float partial[2][MAX_ROWS] = {};
    for (int k = warp * STEP_INPUTS; k < p.inputs; k += WARPS * STEP_INPUTS) {
        float low[4], high[4], input[4];
        load_vector(weights + k, low);
        load_vector(weights + (u64)8 * p.inputs + k, high);
#pragma unroll
        for (int row = 0; row < MAX_ROWS; row++) {
            if (row >= p.rows) continue;
            load_vector(p.input + (u64)row * p.inputs + k + t * ELEMENTS_PER_VECTOR, input);
#pragma unroll
            for (int i = 0; i < 4; i++) {
                partial[0][row] += low[i] * input[i];
                partial[1][row] += high[i] * input[i];
            }
        }
    }
#pragma unroll
    for (int half = 0; half < 2; half++) {
#pragma unroll
        for (int row = 0; row < MAX_ROWS; row++) {
            float sum = partial[half][row];
            sum += __shfl_xor_sync(FULL_WARP, sum, 1);
            sum += __shfl_xor_sync(FULL_WARP, sum, 2);
            if (row / 2 == t) sums[half * 2 + row % 2] = sum;
        }
    }
}

DEVICE void multiply(float (&sums)[TILES][4], const GemvParameters& p, int lane, int warp) {
    wait_for_dependencies();
    const element* weights = p.weights + (u64)(blockIdx.x * BLOCK_OUTPUTS + lane / 4) * p.inputs;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const element* rows = weights + (u64)(tile * TILE_OUTPUTS) * p.inputs + lane % 4 * ELEMENTS_PER_VECTOR;
        multiply_tile(sums[tile], p, rows, lane, warp);
    }
}
#endif

// Adds the sums of the warps in order, for one weight row of the block and one row of the step.
DEVICE float sum_warps(const float (&partials)[WARPS][TILES][TILE_SUMS], int output, int row) {
    int place = output % TILE_OUTPUTS * MAX_ROWS + row;
    float sum = 0.f;
#pragma unroll
    for (int warp = 0; warp < WARPS; warp++) sum += partials[warp][output / TILE_OUTPUTS][place];
    return sum;
}

DEVICE void store_sums(float (&partial)[TILES][TILE_SUMS], const float (&sums)[TILES][4], int lane) {
    int place = lane / 4 * MAX_ROWS + lane % 4 * 2;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        partial[tile][place] = sums[tile][0];
        partial[tile][place + 1] = sums[tile][1];
        partial[tile][place + 8 * MAX_ROWS] = sums[tile][2];
        partial[tile][place + 8 * MAX_ROWS + 1] = sums[tile][3];
    }
}

// Grid: outputs / BLOCK_OUTPUTS blocks of THREADS.
extern "C" __global__ void __launch_bounds__(THREADS, 3) gemv(GemvParameters p) {
    __shared__ float partials[WARPS][TILES][TILE_SUMS];
    launch_dependents();
    int lane = threadIdx.x % WARP_SIZE, warp = threadIdx.x / WARP_SIZE;
    float sums[TILES][4] = {};
    multiply(sums, p, lane, warp);
    store_sums(partials[warp], sums, lane);
    __syncthreads();
    for (int i = threadIdx.x; i < BLOCK_OUTPUTS * p.rows; i += THREADS) {
        int output = i % BLOCK_OUTPUTS, row = i / BLOCK_OUTPUTS;
        float sum = sum_warps(partials, output, row);
        ((float*)p.out)[(u64)row * p.outputs + blockIdx.x * BLOCK_OUTPUTS + output] = sum;
    }
}

// The 16 weight rows of a tile are 8 of the gate and the same 8 of the up projection.
extern "C" __global__ void __launch_bounds__(THREADS, 3) gemv_silu_mul(GemvParameters p) {
    __shared__ float partials[WARPS][TILES][TILE_SUMS];
    launch_dependents();
    int lane = threadIdx.x % WARP_SIZE, warp = threadIdx.x / WARP_SIZE;
    float sums[TILES][4] = {};
    multiply(sums, p, lane, warp);
    store_sums(partials[warp], sums, lane);
    __syncthreads();
    for (int i = threadIdx.x; i < BLOCK_OUTPUTS / 2 * p.rows; i += THREADS) {
        int output = i % (BLOCK_OUTPUTS / 2), row = i / (BLOCK_OUTPUTS / 2);
        int gate = output / GATE_GROUP * TILE_OUTPUTS + output % GATE_GROUP;
        float value = gated(sum_warps(partials, gate, row), sum_warps(partials, gate + GATE_GROUP, row));
        u64 place = (u64)row * (p.outputs / 2) + blockIdx.x * (BLOCK_OUTPUTS / 2) + output;
        ((element*)p.out)[place] = float_to_element(value);
    }
}

PARAMETER_LAYOUT(gemv, GemvParameters, FIELD(out) FIELD(input) FIELD(weights) FIELD(rows) FIELD(outputs) FIELD(inputs))
