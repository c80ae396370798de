// One warp's part of a tile of attention on tensor cores: 16 packed rows and KEY_TILE keys. In the layout of
// mma_m16n8k16, lane l holds rows l / 4 and l / 4 + 8, and in each 8 columns the columns 2 * (l % 4) and the next.
#pragma once
#include "attention/heads.cuh"
#include "attention/online_softmax.cuh"
#include "attention/range.cuh"

#define KEY_COLUMNS (KEY_TILE / 8)
#define DIM_COLUMNS (HEAD_WIDTH / 8)
#define DIM_STEPS (HEAD_WIDTH / 16)

// Elements from row to row in shared memory: an odd multiple of 16 bytes, so that 8 rows of ldmatrix are in different
// banks.
#define SHARED_STRIDE (HEAD_WIDTH + 8)

typedef float ScoreTile[KEY_COLUMNS][4];

struct WarpAttention {
    float values[DIM_COLUMNS][4];  // sums of 2^(score - max) * value
    float max[2];                  // of the scores before scaling; one for each of the two rows
    float sum[2];                  // of weights, over this lane's columns only
};

DEVICE void clear(WarpAttention& running) {
#pragma unroll
    for (int n = 0; n < DIM_COLUMNS; n++) {
        running.values[n][0] = running.values[n][1] = running.values[n][2] = running.values[n][3] = 0.f;
    }
    running.max[0] = running.max[1] = NO_SCORE;
    running.sum[0] = running.sum[1] = 0.f;
}

// Dimensions [16 step, 16 step + 16) of 16 rows of queries.
DEVICE void load_query_step(u32 (&query)[4], const u16* rows, int step, int lane) {
    ldmatrix_x4(query, rows + lane % 16 * SHARED_STRIDE + step * 16 + lane / 16 * 8);
}

// score += query * keys over one step of 16 dimensions.
DEVICE void add_scores(ScoreTile& score, const u32 (&query)[4], const u16* keys, int step, int lane) {
    const u16* row = keys + (lane % 8 + lane / 16 * 8) * SHARED_STRIDE + step * 16 + lane / 8 % 2 * 8;
#pragma unroll
    for (int n = 0; n < KEY_COLUMNS; n += 2) {
        u32 tiles[4];
        ldmatrix_x4(tiles, row + n * 8 * SHARED_STRIDE);
        mma_m16n8k16(score[n], query, tiles[0], tiles[1]);
        mma_m16n8k16(score[n + 1], query, tiles[2], tiles[3]);
    }
}

// Masks keys that one of a lane's two rows does not see, and keys beyond the end of the tile.
DEVICE void mask_row(ScoreTile& score, int half, const VisibleKeys& row, const KeyTile& tile, int lane) {
#pragma unroll
    for (int n = 0; n < KEY_COLUMNS; n++) {
#pragma unroll
        for (int c = 0; c < 2; c++) {
            int position = tile.begin + n * 8 + lane % 4 * 2 + c;
            if (position >= tile.end || !sees(row, position)) score[n][half * 2 + c] = NO_SCORE;
        }
    }
}

// Turns the scores of one of a lane's two rows into weights relative to the largest score so far. The scale is
// positive.
DEVICE void weigh_row(ScoreTile& score, WarpAttention& running, int half, float scale) {
    float max = running.max[half];
#pragma unroll
    for (int n = 0; n < KEY_COLUMNS; n++) {
        max = max_float(max, score[n][half * 2]);
        max = max_float(max, score[n][half * 2 + 1]);
    }
    max = max_float(max, __shfl_xor_sync(FULL_WARP, max, 1));
    max = max_float(max, __shfl_xor_sync(FULL_WARP, max, 2));

    float shift = softmax_shift(max) * scale, factor = softmax_factor(running.max[half] * scale, max * scale);
    float sum = running.sum[half] * factor;
#pragma unroll
    for (int n = 0; n < KEY_COLUMNS; n++) {
#pragma unroll
        for (int c = 0; c < 2; c++) {
            float weight = exp2_approx(score[n][half * 2 + c] * scale - shift);
            score[n][half * 2 + c] = weight;
            sum += weight;
        }
    }
#pragma unroll
    for (int n = 0; n < DIM_COLUMNS; n++) {
        running.values[n][half * 2] *= factor;
        running.values[n][half * 2 + 1] *= factor;
    }
    running.max[half] = max;
    running.sum[half] = sum;
}

// values += weights * values of the tile. Two columns of weights already have the layout of the left operand of mma.
DEVICE void add_values(WarpAttention& running, const ScoreTile& weight, const u16* values, int lane) {
    const u16* row = values + lane % 16 * SHARED_STRIDE + lane / 16 * 8;
#pragma unroll
    for (int step = 0; step < KEY_TILE / 16; step++) {
        const float(&left)[4] = weight[2 * step];
        const float(&right)[4] = weight[2 * step + 1];
        u32 weights[4] = {pack_bf16x2(left[0], left[1]), pack_bf16x2(left[2], left[3]),
                          pack_bf16x2(right[0], right[1]), pack_bf16x2(right[2], right[3])};
#pragma unroll
        for (int n = 0; n < DIM_COLUMNS; n += 2) {
            u32 tiles[4];
            ldmatrix_x4_trans(tiles, row + step * 16 * SHARED_STRIDE + n * 8);
            mma_m16n8k16(running.values[n], weights, tiles[0], tiles[1]);
            mma_m16n8k16(running.values[n + 1], weights, tiles[2], tiles[3]);
        }
    }
}

// The sum of one of a lane's two rows over all columns.
DEVICE float row_sum(const WarpAttention& running, int half) {
    float sum = running.sum[half];
    sum += __shfl_xor_sync(FULL_WARP, sum, 1);
    sum += __shfl_xor_sync(FULL_WARP, sum, 2);
    return sum;
}
