// A tile of a product on the tensor cores, bf16 in and f32 out. Part of gemm.cu.
//
// cp.async copies both operands into a ring of STAGES parts of 64 inputs. While one part is multiplied, the weights of
// STAGES - 1 parts are in flight. Those of the first parts are loaded before the kernel waits for its input. A row of a
// part has 8 chunks of 16 bytes, and chunk c of row r is at place c ^ (r % 8). So the 8 rows that ldmatrix reads
// together are in different banks, and so are the rows that cp.async writes.
#pragma once

#define TILE_DEPTH 64
#define CHUNKS (TILE_DEPTH / ELEMENTS_PER_VECTOR)
#define ROW_WARPS (TILE_ROWS >= 64 ? 2 : 1)
#define COLUMN_WARPS 4
#define THREADS (ROW_WARPS * COLUMN_WARPS * WARP_SIZE)
#define WARP_ROWS (TILE_ROWS / ROW_WARPS)
#define WARP_COLUMNS (TILE_COLUMNS / COLUMN_WARPS)
#define ROW_FRAGMENTS (WARP_ROWS / 16)
#define COLUMN_FRAGMENTS (WARP_COLUMNS / 8)
#define STAGE_ROWS (TILE_ROWS + TILE_COLUMNS)

// Blocks that a multiprocessor shall hold. The registers for sums and fragments set one limit, the rings in shared
// memory the other. Each block also takes 1 KB of shared memory.
#define LANE_WORDS (ROW_FRAGMENTS * COLUMN_FRAGMENTS * 4 + ROW_FRAGMENTS * 8)
#define REGISTER_BLOCKS ((LANE_WORDS <= 80 ? 2 : 1) * (THREADS == 128 ? 2 : 1))
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
#define SHARED_KB 164
#else
#define SHARED_KB 228
#endif
#define RING_KB (STAGES * STAGE_ROWS * TILE_DEPTH / 512)
#define SHARED_BLOCKS (SHARED_KB / (RING_KB + 1))
#define RESIDENT_BLOCKS (SHARED_BLOCKS < REGISTER_BLOCKS ? SHARED_BLOCKS : REGISTER_BLOCKS)

// A warp's sums in the layout of mma. A pair of column fragments is a group of 8 gates and its 8 up columns.
struct TileSums {
    float value[ROW_FRAGMENTS][COLUMN_FRAGMENTS][4];
};

// The source of this thread's copies: one chunk of a row, and the same chunk of rows at a fixed distance.
struct TileSource {
    const element* input;
    const element* weights;
    int valid_rows;     // rows from the thread's first one to the end of the matrix
    int valid_outputs;
};

template <int Rows>
DEVICE void copy_rows(element* target, const element* source, int valid, int inputs) {
    const int step = THREADS / CHUNKS;
#pragma unroll
    for (int row = 0; row < Rows; row += step) {
        cp_async_16(target + row * TILE_DEPTH, source + (u64)row * inputs, row < valid);
    }
}

// The place of this thread's chunk in a stage.
DEVICE int stage_place() {
    int row = threadIdx.x / CHUNKS, chunk = threadIdx.x % CHUNKS;
    return row * TILE_DEPTH + (chunk ^ row % 8) * ELEMENTS_PER_VECTOR;
}

DEVICE void copy_input(element* stage, const TileSource& source, int k, int inputs) {
    copy_rows<TILE_ROWS>(stage + stage_place(), source.input + k, source.valid_rows, inputs);
}

DEVICE void copy_weights(element* stage, const TileSource& source, int k, int inputs) {
    element* target = stage + TILE_ROWS * TILE_DEPTH + stage_place();
    copy_rows<TILE_COLUMNS>(target, source.weights + k, source.valid_outputs, inputs);
}

DEVICE TileSource tile_source(const GemmParameters& p) {
    int row = blockIdx.x * TILE_ROWS + threadIdx.x / CHUNKS;
    int output = blockIdx.y * TILE_COLUMNS + threadIdx.x / CHUNKS;
    int column = threadIdx.x % CHUNKS * ELEMENTS_PER_VECTOR;
    TileSource source;
    source.input = p.input + (u64)row * p.inputs + column;
    source.weights = p.weights + (u64)output * p.inputs + column;
    source.valid_rows = p.rows - row;
    source.valid_outputs = p.outputs - output;
    return source;
}

// Multiplies 32 inputs of a stage: chunks [first, first + 4).
DEVICE void multiply_half(TileSums& sums, const element* stage, int first) {
    int lane = threadIdx.x % WARP_SIZE, warp = threadIdx.x / WARP_SIZE;
    const element* input = stage + (warp / COLUMN_WARPS * WARP_ROWS + lane % 16) * TILE_DEPTH;
    const element* weights = stage + (TILE_ROWS + warp % COLUMN_WARPS * WARP_COLUMNS + lane % 8) * TILE_DEPTH;
    u32 a[ROW_FRAGMENTS][2][4];
#pragma unroll
    for (int r = 0; r < ROW_FRAGMENTS; r++) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int chunk = (first + half * 2 + lane / 16) ^ lane % 8;
            ldmatrix_x4(a[r][half], input + r * 16 * TILE_DEPTH + chunk * ELEMENTS_PER_VECTOR);
        }
    }
#pragma unroll
    for (int c = 0; c < COLUMN_FRAGMENTS; c++) {
        u32 b[4];
        int chunk = (first + lane / 8) ^ lane % 8;
        ldmatrix_x4(b, weights + c * 8 * TILE_DEPTH + chunk * ELEMENTS_PER_VECTOR);
#pragma unroll
        for (int r = 0; r < ROW_FRAGMENTS; r++) mma_m16n8k16(sums.value[r][c], a[r][0], b[0], b[1]);
#pragma unroll
        for (int r = 0; r < ROW_FRAGMENTS; r++) mma_m16n8k16(sums.value[r][c], a[r][1], b[2], b[3]);
    }
}

DEVICE void multiply_tile(TileSums& sums, const GemmParameters& p) {
    DYNAMIC_SHARED(memory);  // [STAGES][STAGE_ROWS][TILE_DEPTH] element
    element* ring = (element*)memory;
    TileSource source = tile_source(p);
    int begin = blockIdx.z * p.split_inputs;
    int left = p.inputs - begin < p.split_inputs ? p.inputs - begin : p.split_inputs;
    int parts = left > 0 ? left / TILE_DEPTH : 0;
    sums = {};
#pragma unroll
    for (int part = 0; part < STAGES - 1; part++) {
        element* stage = ring + part * STAGE_ROWS * TILE_DEPTH;
        if (part < parts) copy_weights(stage, source, begin + part * TILE_DEPTH, p.inputs);
    }
    wait_for_dependencies();
    // The first cp.async group also contains the weights of all these parts.
#pragma unroll
    for (int part = 0; part < STAGES - 1; part++) {
        element* stage = ring + part * STAGE_ROWS * TILE_DEPTH;
        if (part < parts) copy_input(stage, source, begin + part * TILE_DEPTH, p.inputs);
        cp_async_commit();
    }
    int current = 0, free = STAGES - 1;
    for (int part = 0; part < parts; part++) {
        cp_async_wait<STAGES - 2>();
        __syncthreads();
        // All warps have multiplied the previous part, so its stage is free.
        int next = part + STAGES - 1;
        element* stage = ring + free * STAGE_ROWS * TILE_DEPTH;
        if (next < parts) {
            copy_input(stage, source, begin + next * TILE_DEPTH, p.inputs);
            copy_weights(stage, source, begin + next * TILE_DEPTH, p.inputs);
        }
        cp_async_commit();
        multiply_half(sums, ring + current * STAGE_ROWS * TILE_DEPTH, 0);
        multiply_half(sums, ring + current * STAGE_ROWS * TILE_DEPTH, 4);
        free = current;
        current = current + 1 < STAGES ? current + 1 : 0;
    }
}

DEVICE int lane_row() {
    int warp = threadIdx.x / WARP_SIZE, lane = threadIdx.x % WARP_SIZE;
    return blockIdx.x * TILE_ROWS + warp / COLUMN_WARPS * WARP_ROWS + lane / 4;
}

DEVICE int warp_column() {
    return blockIdx.y * TILE_COLUMNS + threadIdx.x / WARP_SIZE % COLUMN_WARPS * WARP_COLUMNS;
}

struct __align__(8) FloatPair {
    float x, y;
};

DEVICE void store_tile(const TileSums& sums, float* plane, const GemmParameters& p) {
    int column = warp_column() + threadIdx.x % 4 * 2;
#pragma unroll
    for (int r = 0; r < ROW_FRAGMENTS * 2; r++) {
        int row = lane_row() + r * 8;
        if (row >= p.rows) continue;
        float* out = plane + (u64)row * p.outputs + column;
#pragma unroll
        for (int c = 0; c < COLUMN_FRAGMENTS; c++) {
            const float(&d)[4] = sums.value[r / 2][c];
            FloatPair pair = {d[r % 2 * 2], d[r % 2 * 2 + 1]};
            if (column + c * 8 < p.outputs) *(FloatPair*)(out + c * 8) = pair;
        }
    }
}

DEVICE void store_silu_mul(const TileSums& sums, element* target, const GemmParameters& p) {
    int column = warp_column() / 2 + threadIdx.x % 4 * 2, width = p.outputs / 2;
#pragma unroll
    for (int r = 0; r < ROW_FRAGMENTS * 2; r++) {
        int row = lane_row() + r * 8;
        if (row >= p.rows) continue;
        element* out = target + (u64)row * width + column;
#pragma unroll
        for (int c = 0; c < COLUMN_FRAGMENTS; c += 2) {
            const float(&gate)[4] = sums.value[r / 2][c];
            const float(&up)[4] = sums.value[r / 2][c + 1];
            float low = gated(gate[r % 2 * 2], up[r % 2 * 2]);
            float high = gated(gate[r % 2 * 2 + 1], up[r % 2 * 2 + 1]);
            if (column + c * 4 < width) *(u32*)(out + c * 4) = pack_bf16x2(low, high);
        }
    }
}
