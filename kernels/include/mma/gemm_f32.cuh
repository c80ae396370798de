// A tile of a product in f32, with multiply-adds from shared memory, for comparisons. Part of gemm.cu.
#pragma once

#if TILE_ROWS != 64 || TILE_COLUMNS != 64
#error "In f32 a tile has 64 rows and 64 columns."
#endif

#define THREADS 256
#define RESIDENT_BLOCKS 2
#define TILE_DEPTH 16
#define LANE_ROWS 4
#define LANE_GATES 2
// With 68 floats rows are 16-byte aligned, and at most two 4-byte writes of a warp are in the same bank.
#define TILE_PITCH 68

// A thread has 4 rows. In each it sums 2 neighbouring gate columns and the same 2 up columns.
struct TileSums {
    float value[LANE_ROWS][2 * LANE_GATES];
};

// The first of a thread's columns in the tile. The second pair is GATE_GROUP columns further.
DEVICE int lane_column() { return threadIdx.x % 16 / 4 * (2 * GATE_GROUP) + threadIdx.x % 4 * LANE_GATES; }
DEVICE int lane_row() { return (int)threadIdx.x / 16 * LANE_ROWS; }

// Loads 64 rows x 16 inputs, transposed, so that a thread reads neighbouring rows. Rows from `end` on are zero.
DEVICE void load_turned(float (&tile)[TILE_DEPTH][TILE_PITCH], const float* source, int end, int inputs) {
    int row = threadIdx.x / 4, k = threadIdx.x % 4 * 4;
    float values[4] = {};
    if (row < end) load_vector(source + (u64)row * inputs + k, values);
#pragma unroll
    for (int i = 0; i < 4; i++) tile[k + i][row] = values[i];
}

DEVICE void multiply_tile(TileSums& sums, const GemmParameters& p) {
    __shared__ float rows[TILE_DEPTH][TILE_PITCH];
    __shared__ float columns[TILE_DEPTH][TILE_PITCH];
    wait_for_dependencies();
    int first_row = blockIdx.x * TILE_ROWS, first_column = blockIdx.y * TILE_COLUMNS;
    int begin = blockIdx.z * p.split_inputs, end = begin + p.split_inputs;
    if (end > p.inputs) end = p.inputs;
    sums = {};
    for (int k = begin; k < end; k += TILE_DEPTH) {
        load_turned(rows, p.input + (u64)first_row * p.inputs + k, p.rows - first_row, p.inputs);
        load_turned(columns, p.weights + (u64)first_column * p.inputs + k, p.outputs - first_column, p.inputs);
        __syncthreads();
#pragma unroll
        for (int i = 0; i < TILE_DEPTH; i++) {
            const float* column = &columns[i][lane_column()];
            float weights[4] = {column[0], column[1], column[GATE_GROUP], column[GATE_GROUP + 1]};
#pragma unroll
            for (int r = 0; r < LANE_ROWS; r++) {
                float input = rows[i][lane_row() + r];
#pragma unroll
                for (int c = 0; c < 4; c++) sums.value[r][c] += input * weights[c];
            }
        }
        __syncthreads();
    }
}

DEVICE void store_tile(const TileSums& sums, float* plane, const GemmParameters& p) {
    int column = blockIdx.y * TILE_COLUMNS + lane_column();
#pragma unroll
    for (int r = 0; r < LANE_ROWS; r++) {
        int row = blockIdx.x * TILE_ROWS + lane_row() + r;
        if (row >= p.rows) continue;
        float* out = plane + (u64)row * p.outputs + column;
        out[0] = sums.value[r][0], out[1] = sums.value[r][1];
        out[GATE_GROUP] = sums.value[r][2], out[GATE_GROUP + 1] = sums.value[r][3];
    }
}

DEVICE void store_silu_mul(const TileSums& sums, float* out, const GemmParameters& p) {
    int column = blockIdx.y * (TILE_COLUMNS / 2) + lane_column() / (2 * GATE_GROUP) * GATE_GROUP +
                 lane_column() % GATE_GROUP;
#pragma unroll
    for (int r = 0; r < LANE_ROWS; r++) {
        int row = blockIdx.x * TILE_ROWS + lane_row() + r;
        if (row >= p.rows) continue;
        float* place = out + (u64)row * (p.outputs / 2) + column;
        place[0] = gated(sums.value[r][0], sums.value[r][2]);
        place[1] = gated(sums.value[r][1], sums.value[r][3]);
    }
}
