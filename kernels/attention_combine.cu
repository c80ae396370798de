// Adds the partial results of rows whose keys were split among several items. One or several warps take a head of a
// row. The splits are added in a fixed order.
#include "attention/online_softmax.cuh"
#include "attention/parameters.cuh"
#include "host/layout.cuh"

#define THREADS 128
#define WARPS (THREADS / WARP_SIZE)
#define STEP_SPLITS 4             // splits whose loads are in flight together
#define VECTORS (HEAD_WIDTH / 4)  // of 4 floats
#define LANE_VECTORS ((VECTORS + WARP_SIZE - 1) / WARP_SIZE)

struct AttentionCombineParameters {
    element* output;              // as in AttentionParameters
    const float* partial_values;
    const float* partial_stats;
    const StepHeader* header;
    const StepRow* rows;
    const AttentionItem* items;
    int kv_heads;
    int output_stride;
    int item_rows;
    int head_warps;               // warps of a block that share the splits of one head: 1, 2 or 4
};

struct SharedCombination {
    float values[WARPS][HEAD_WIDTH];
    float sum[WARPS];
};

// The largest score of a row in all its splits, in all lanes.
DEVICE float largest_score(const float* stats, int splits, u64 stride, int lane) {
    float max = NO_SCORE;
    for (int s = lane; s < splits; s += WARP_SIZE) max = max_float(max, stats[2 * s * stride]);
#pragma unroll
    for (int offset = WARP_SIZE / 2; offset > 0; offset /= 2) {
        max = max_float(max, __shfl_xor_sync(FULL_WARP, max, offset));
    }
    return max;
}

// Adds the splits first, first + step, ... of one packed row. It takes several at a time, so that their loads are in
// flight together. The stride is in packed rows.
DEVICE void add_splits(
    float (&values)[LANE_VECTORS][4], float& sum, const float* partial_values, const float* stats, float max,
    int first, int splits, int step, u64 stride, int lane) {
    for (; first < splits; first += STEP_SPLITS * step) {
        Vector16 part[STEP_SPLITS][LANE_VECTORS];
        float factor[STEP_SPLITS];
#pragma unroll
        for (int i = 0; i < STEP_SPLITS; i++) {
            u64 row = (first + i * step) * stride;
            bool exists = first + i * step < splits;
            factor[i] = exists ? softmax_factor(stats[2 * row], max) : 0.f;
            sum += exists ? stats[2 * row + 1] * factor[i] : 0.f;
#pragma unroll
            for (int v = 0; v < LANE_VECTORS; v++) {
                int vector = lane + v * WARP_SIZE;
                part[i][v] = Vector16{0, 0, 0, 0};
                if (!exists || vector >= VECTORS) continue;
                part[i][v] = *(const Vector16*)(partial_values + row * HEAD_WIDTH + vector * 4);
            }
        }
#pragma unroll
        for (int i = 0; i < STEP_SPLITS; i++) {
#pragma unroll
            for (int v = 0; v < LANE_VECTORS; v++) {
                values[v][0] += float_of_bits(part[i][v].x) * factor[i];
                values[v][1] += float_of_bits(part[i][v].y) * factor[i];
                values[v][2] += float_of_bits(part[i][v].z) * factor[i];
                values[v][3] += float_of_bits(part[i][v].w) * factor[i];
            }
        }
    }
}

// Adds one warp's share of the splits of a head of a row into shared memory.
DEVICE void combine_splits(
    SharedCombination& shared, const AttentionCombineParameters& p, const StepRow& row, int row_index, int head,
    int warp, int lane) {
    int item_row = p.item_rows == 1 ? 0 : row_index - p.items[row.first_item].first_row;
    int packed = item_row * HEADS_PER_KV_HEAD + head % HEADS_PER_KV_HEAD;
    u64 partial = partial_row(row.first_item, p.kv_heads, head / HEADS_PER_KV_HEAD, p.item_rows, packed);
    u64 stride = partial_row(1, p.kv_heads, 0, p.item_rows, 0);
    const float* stats = p.partial_stats + 2 * partial;
    float max = largest_score(stats, row.splits, stride, lane);
    float values[LANE_VECTORS][4], sum = 0.f;
#pragma unroll
    for (int v = 0; v < LANE_VECTORS; v++) {
        values[v][0] = values[v][1] = values[v][2] = values[v][3] = 0.f;
    }
    add_splits(values, sum, p.partial_values + partial * HEAD_WIDTH, stats, max, warp % p.head_warps, row.splits,
               p.head_warps, stride, lane);
#pragma unroll
    for (int v = 0; v < LANE_VECTORS; v++) {
        int vector = lane + v * WARP_SIZE;
        if (vector >= VECTORS) continue;
#pragma unroll
        for (int i = 0; i < 4; i++) shared.values[warp][vector * 4 + i] = values[v][i];
    }
    if (lane == 0) shared.sum[warp] = sum;
}

// Grid: (rows, heads / (WARPS / head_warps), rounded up). The attention kernel has written rows that were not split.
extern "C" __global__ void __launch_bounds__(THREADS) attention_combine(AttentionCombineParameters p) {
    __shared__ SharedCombination shared;
    launch_dependents();
    wait_for_dependencies();
    int row_index = blockIdx.x;
    if (row_index >= p.header->rows) return;
    const StepRow row = p.rows[row_index];
    if (row.splits <= 1) return;

    int warp = threadIdx.x / WARP_SIZE, lane = threadIdx.x % WARP_SIZE;
    int head = blockIdx.y * (WARPS / p.head_warps) + warp / p.head_warps;
    bool exists = head < p.kv_heads * HEADS_PER_KV_HEAD;
    if (exists) combine_splits(shared, p, row, row_index, head, warp, lane);
    __syncthreads();
    if (!exists || warp % p.head_warps != 0) return;

    float sum = 0.f;
    for (int w = warp; w < warp + p.head_warps; w++) sum += shared.sum[w];
    float inverse = softmax_inverse(sum);
    element* output = p.output + (u64)row_index * p.output_stride + head * HEAD_SIZE;
    for (int d = 2 * lane; d < HEAD_SIZE; d += 2 * WARP_SIZE) {
        float first = 0.f, second = 0.f;
        for (int w = warp; w < warp + p.head_warps; w++) {
            first += shared.values[w][d];
            second += shared.values[w][d + 1];
        }
        store_pair(output + d, first * inverse, second * inverse);
    }
}

PARAMETER_LAYOUT(
    attention_combine, AttentionCombineParameters,
    FIELD(output) FIELD(partial_values) FIELD(partial_stats) FIELD(header) FIELD(rows) FIELD(items)
    FIELD(kv_heads) FIELD(output_stride) FIELD(item_rows) FIELD(head_warps))
