// Span-isolated attention of many rows on tensor cores. A packed row is a row with one of the query heads that share a
// kv head. A block has up to TILE_ROWS packed rows and visits the key tiles of its item. The loads of two tiles are in
// flight. A warp skips tiles that none of its rows sees and masks only tiles that not all of its rows see whole.
#include "attention/parameters.cuh"
#include "host/layout.cuh"

// f32 has no such kernel. Its rows are computed one by one by attention_decode.cu.
#if defined(ELEMENT_BF16)
#include "attention/tile.cuh"

#if HEADS_PER_KV_HEAD > 64 || HEAD_SIZE > 256
#error "attention_spans takes up to 64 query heads per kv head and heads of up to 256."
#endif

#define THREADS 128
#define TILE_ROWS 64
#define HEAD_VECTORS (HEAD_WIDTH / ELEMENTS_PER_VECTOR)
#define STAGES 2

// Queries stay in registers if there is room beside the sums.
#define QUERY_REGISTER_STEPS (HEAD_WIDTH <= 128 ? DIM_STEPS : 0)

struct SharedTiles {
    u16 query[TILE_ROWS][SHARED_STRIDE];
    u16 keys[STAGES][KEY_TILE][SHARED_STRIDE];
    u16 values[STAGES][KEY_TILE][SHARED_STRIDE];
};

// Copies keys and values of tile t to its stage. Beyond the end of the tile it writes zeros, because a weight of zero
// times NaN would not be zero.
DEVICE void load_tile(
    SharedTiles& shared, const AttentionParameters& p, const AttentionItem& item, u64 sequence, int t) {
    if (t >= key_tiles(item)) return;
    KeyTile tile = key_tile(item, t);
#pragma unroll
    for (int step = 0; step < KEY_TILE * HEAD_VECTORS / THREADS; step++) {
        int i = threadIdx.x + step * THREADS;
        int key = i / HEAD_VECTORS, dim = i % HEAD_VECTORS * ELEMENTS_PER_VECTOR;
        bool exists = tile.begin + key < tile.end;
        u64 source = sequence + (u64)(exists ? tile.begin + key : tile.begin) * HEAD_WIDTH + dim;
        cp_async_16(&shared.keys[t % STAGES][key][dim], p.keys + source, exists);
        cp_async_16(&shared.values[t % STAGES][key][dim], p.values + source, exists);
    }
}

// The packed rows of an item, with zeros after the last one.
DEVICE void load_queries(SharedTiles& shared, const AttentionParameters& p, const AttentionItem& item, int kv_head) {
#pragma unroll
    for (int step = 0; step < TILE_ROWS * HEAD_VECTORS / THREADS; step++) {
        int i = threadIdx.x + step * THREADS;
        int packed = i / HEAD_VECTORS, dim = i % HEAD_VECTORS * ELEMENTS_PER_VECTOR;
        bool exists = packed < item.rows * HEADS_PER_KV_HEAD;
        int row = item.first_row + (exists ? packed / HEADS_PER_KV_HEAD : 0);
        int head = kv_head * HEADS_PER_KV_HEAD + packed % HEADS_PER_KV_HEAD;
        cp_async_16(&shared.query[packed][dim], p.query + query_offset(row, p.kv_heads, head) + dim, exists);
    }
}

// The two packed rows of a lane.
struct LaneRows {
    int packed[2];
    bool exists[2];
    VisibleKeys visible[2];
};

DEVICE LaneRows lane_rows(const AttentionParameters& p, const AttentionItem& item, int warp, int lane) {
    LaneRows rows;
#pragma unroll
    for (int half = 0; half < 2; half++) {
        rows.packed[half] = warp * 16 + lane / 4 + half * 8;
        rows.exists[half] = rows.packed[half] < item.rows * HEADS_PER_KV_HEAD;
        int row = item.first_row + (rows.exists[half] ? rows.packed[half] / HEADS_PER_KV_HEAD : 0);
        rows.visible[half] = visible_keys(p.rows[row]);
    }
    return rows;
}

// One warp's part of a tile.
DEVICE void attend_tile(
    WarpAttention& running, const SharedTiles& shared, const u32 (&query)[DIM_STEPS][4], const LaneRows& rows,
    const KeyTile& tile, int stage, float scale, int warp, int lane) {
    bool any = false, all = tile.end - tile.begin == KEY_TILE;
#pragma unroll
    for (int half = 0; half < 2; half++) {
        any = any || (rows.exists[half] && sees_any(rows.visible[half], tile));
        all = all && (!rows.exists[half] || sees_all(rows.visible[half], tile));
    }
    if (__ballot_sync(FULL_WARP, any) == 0) return;
    bool masked = __ballot_sync(FULL_WARP, all) != FULL_WARP;

    ScoreTile score;
#pragma unroll
    for (int n = 0; n < KEY_COLUMNS; n++) score[n][0] = score[n][1] = score[n][2] = score[n][3] = 0.f;
#pragma unroll
    for (int step = 0; step < DIM_STEPS; step++) {
        if (step < QUERY_REGISTER_STEPS) {
            add_scores(score, query[step], shared.keys[stage][0], step, lane);
        } else {
            u32 loaded[4];
            load_query_step(loaded, shared.query[warp * 16], step, lane);
            add_scores(score, loaded, shared.keys[stage][0], step, lane);
        }
    }
#pragma unroll
    for (int half = 0; half < 2; half++) {
        if (masked) mask_row(score, half, rows.visible[half], tile, lane);
        weigh_row(score, running, half, scale);
    }
    add_values(running, score, shared.values[stage][0], lane);
}

DEVICE void write_row(
    const AttentionParameters& p, const WarpAttention& running, const LaneRows& rows, int half,
    const AttentionItem& item, int item_index, int kv_head, int lane) {
    float sum = row_sum(running, half);
    if (!rows.exists[half]) return;
    int packed = rows.packed[half];
    if (item.splits == 1) {
        float inverse = softmax_inverse(sum);
        int row = item.first_row + packed / HEADS_PER_KV_HEAD;
        int head = kv_head * HEADS_PER_KV_HEAD + packed % HEADS_PER_KV_HEAD;
        element* output = p.output + (u64)row * p.output_stride + head * HEAD_SIZE;
#pragma unroll
        for (int n = 0; n < DIM_COLUMNS; n++) {
            int d = n * 8 + lane % 4 * 2;
            if (d >= HEAD_SIZE) continue;
            store_pair(output + d, running.values[n][half * 2] * inverse, running.values[n][half * 2 + 1] * inverse);
        }
    } else {
        u64 partial = partial_row(item_index, p.kv_heads, kv_head, p.item_rows, packed);
        float* values = p.partial_values + partial * HEAD_WIDTH + lane % 4 * 2;
#pragma unroll
        for (int n = 0; n < DIM_COLUMNS; n++) {
            store_pair(values + n * 8, running.values[n][half * 2], running.values[n][half * 2 + 1]);
        }
        if (lane % 4 == 0) store_stats(p.partial_stats, partial, running.max[half] * p.score_scale, sum);
    }
}

DEVICE void attend_item(
    SharedTiles& shared, const AttentionParameters& p, const AttentionItem& item, int item_index, int kv_head,
    int warp, int lane) {
    u64 sequence = ((u64)kv_head * p.pool_positions + p.rows[item.first_row].sequence) * HEAD_WIDTH;
    load_queries(shared, p, item, kv_head);
    load_tile(shared, p, item, sequence, 0);
    cp_async_commit();
    load_tile(shared, p, item, sequence, 1);
    cp_async_commit();

    LaneRows rows = lane_rows(p, item, warp, lane);
    WarpAttention running;
    clear(running);
    cp_async_wait<1>();
    __syncthreads();
    u32 query[DIM_STEPS][4];
#pragma unroll
    for (int step = 0; step < QUERY_REGISTER_STEPS; step++) {
        load_query_step(query[step], shared.query[warp * 16], step, lane);
    }

    for (int t = 0; t < key_tiles(item); t++) {
        attend_tile(running, shared, query, rows, key_tile(item, t), t % STAGES, p.score_scale, warp, lane);
        // All warps have finished with the stage, so the tile after the next one can be loaded into it.
        __syncthreads();
        load_tile(shared, p, item, sequence, t + STAGES);
        cp_async_commit();
        cp_async_wait<1>();
        __syncthreads();
    }
#pragma unroll
    for (int half = 0; half < 2; half++) write_row(p, running, rows, half, item, item_index, kv_head, lane);
}

// Grid: (items, kv heads). Dynamic shared memory: SharedTiles.
extern "C" __global__ void __launch_bounds__(THREADS, 2) attention_spans(AttentionParameters p) {
    DYNAMIC_SHARED(memory);
    SharedTiles& shared = *(SharedTiles*)memory;
    launch_dependents();
    wait_for_dependencies();
    int warp = threadIdx.x / WARP_SIZE, lane = threadIdx.x % WARP_SIZE;
    for (int i = blockIdx.x; i < p.header->attention_items; i += gridDim.x) {
        const AttentionItem item = p.items[i];
        attend_item(shared, p, item, i, blockIdx.y, warp, lane);
    }
}
#endif

PARAMETER_LAYOUT(attention_spans, AttentionParameters, ATTENTION_FIELDS)
