// The parameters of the attention kernels, and the layout of their results.
#pragma once
#include "attention/heads.cuh"
#include "base/types.cuh"
#include "host/step.cuh"

#if !defined(HEADS_PER_KV_HEAD)
#error "Define HEADS_PER_KV_HEAD."
#endif

struct AttentionParameters {
    element* output;          // [rows, output_stride]: all heads, HEAD_SIZE each; padding is not written
    const element* query;     // [rows, heads, HEAD_WIDTH], rotated
    const element* keys;      // [kv heads, pool_positions, HEAD_WIDTH]
    const element* values;    // [kv heads, pool_positions, HEAD_WIDTH]
    const StepHeader* header;
    const StepRow* rows;
    const AttentionItem* items;
    float* partial_values;    // [items, kv heads, packed rows, HEAD_WIDTH]: sums of 2^(score - max) * value
    float* partial_stats;     // [items, kv heads, packed rows, (max, sum of 2^(score - max))]
    int kv_heads;
    int pool_positions;
    int output_stride;
    int item_rows;            // the most rows of an item
    float score_scale;        // log2(e) / sqrt(head size): scores are exponents of 2
};

#define ATTENTION_FIELDS                                                                                            \
    FIELD(output) FIELD(query) FIELD(keys) FIELD(values) FIELD(header) FIELD(rows) FIELD(items)                      \
    FIELD(partial_values) FIELD(partial_stats) FIELD(kv_heads) FIELD(pool_positions) FIELD(output_stride)            \
    FIELD(item_rows) FIELD(score_scale)

// The query heads of one kv head are packed. Row r of an item with head h is packed row r * HEADS_PER_KV_HEAD + h. An
// item has at most item_rows * HEADS_PER_KV_HEAD packed rows.
DEVICE u64 partial_row(int item, int kv_heads, int kv_head, int item_rows, int packed_row) {
    return ((u64)item * kv_heads + kv_head) * (item_rows * HEADS_PER_KV_HEAD) + packed_row;
}

DEVICE void store_stats(float* stats, u64 partial_row, float max, float sum) {
    stats[2 * partial_row] = max;
    stats[2 * partial_row + 1] = sum;
}

DEVICE u64 query_offset(int row, int kv_heads, int head) {
    return ((u64)row * (kv_heads * HEADS_PER_KV_HEAD) + head) * HEAD_WIDTH;
}

// Stores two neighbouring numbers in one access. The first index is even, and so is HEAD_SIZE.
DEVICE void store_pair(float* target, float first, float second) {
    struct __align__(8) Pair {
        float first, second;
    };
    *(Pair*)target = Pair{first, second};
}

#if defined(ELEMENT_BF16)
DEVICE void store_pair(element* target, float first, float second) { *(u32*)target = pack_bf16x2(first, second); }
#endif
