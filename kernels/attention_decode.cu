// Attention of single rows. All query heads of a kv head share each load of a key and a value. A group of lanes holds
// one key, with 16 bytes per lane and vector. The groups of all warps hold neighbouring keys. The kernel is bound by
// memory: it loads keys one step ahead, so that the loads overlap the softmax of the previous keys.
#include "attention/online_softmax.cuh"
#include "attention/parameters.cuh"
#include "attention/range.cuh"
#include "host/layout.cuh"

#define THREADS 128
#define WARPS (THREADS / WARP_SIZE)
#define STEP_KEYS 4  // keys of a group of lanes in one step

// Many query heads per kv head are split into parts. A head takes 8 registers for its query and 8 for its output.
#define HEAD_PARTS ((HEADS_PER_KV_HEAD + 7) / 8)
#define PART_HEADS ((HEADS_PER_KV_HEAD + HEAD_PARTS - 1) / HEAD_PARTS)

#define VECTORS (HEAD_WIDTH / ELEMENTS_PER_VECTOR)
#define LANES (VECTORS > 16 ? 32 : VECTORS > 8 ? 16 : VECTORS > 4 ? 8 : VECTORS > 2 ? 4 : 2)  // lanes of one key
#define LANE_VECTORS ((VECTORS + LANES - 1) / LANES)
#define LANE_DIMS (LANE_VECTORS * ELEMENTS_PER_VECTOR)
#define WARP_GROUPS (WARP_SIZE / LANES)
#define GROUPS (WARPS * WARP_GROUPS)

struct RunningAttention {
    float values[PART_HEADS][LANE_DIMS];  // sums of 2^(score - max) * value
    float max[PART_HEADS];
    float sum[PART_HEADS];
};

// One warp's result, for the other warps of its block.
struct SharedAttention {
    float values[WARPS][PART_HEADS][HEAD_WIDTH];
    float max[WARPS][PART_HEADS];
    float sum[WARPS][PART_HEADS];
};

typedef Vector16 KeyVectors[STEP_KEYS][LANE_VECTORS];

DEVICE int lane_vector(int lane, int v) { return lane % LANES + v * LANES; }

DEVICE void widen(const Vector16& vector, float* values) {
#if defined(ELEMENT_BF16)
    values[0] = bf16_low_to_float(vector.x), values[1] = bf16_high_to_float(vector.x);
    values[2] = bf16_low_to_float(vector.y), values[3] = bf16_high_to_float(vector.y);
    values[4] = bf16_low_to_float(vector.z), values[5] = bf16_high_to_float(vector.z);
    values[6] = bf16_low_to_float(vector.w), values[7] = bf16_high_to_float(vector.w);
#else
    values[0] = float_of_bits(vector.x), values[1] = float_of_bits(vector.y);
    values[2] = float_of_bits(vector.z), values[3] = float_of_bits(vector.w);
#endif
}

// This lane's part of one row of HEAD_WIDTH elements, with zeros beyond its end.
DEVICE void load_row(Vector16 (&part)[LANE_VECTORS], const element* row, int lane, bool exists) {
#pragma unroll
    for (int v = 0; v < LANE_VECTORS; v++) {
        int vector = lane_vector(lane, v);
        part[v] = Vector16{0, 0, 0, 0};
        if (exists && vector < VECTORS) part[v] = *(const Vector16*)(row + vector * ELEMENTS_PER_VECTOR);
    }
}

DEVICE void load_keys(KeyVectors& part, const element* keys, const AttentionItem& item, int first, int lane) {
#pragma unroll
    for (int k = 0; k < STEP_KEYS; k++) {
        int index = first + k * GROUPS;
        bool exists = index < key_count(item);
        load_row(part[k], keys + (exists ? (u64)key_position(item, index) * HEAD_WIDTH : 0), lane, exists);
    }
}

DEVICE void load_query(
    float (&query)[PART_HEADS][LANE_DIMS], const AttentionParameters& p, int row, int kv_head, int first_head,
    int lane) {
#pragma unroll
    for (int h = 0; h < PART_HEADS; h++) {
        bool exists = first_head + h < HEADS_PER_KV_HEAD;
        int head = kv_head * HEADS_PER_KV_HEAD + (exists ? first_head + h : 0);
        Vector16 part[LANE_VECTORS];
        load_row(part, p.query + query_offset(row, p.kv_heads, head), lane, exists);
#pragma unroll
        for (int v = 0; v < LANE_VECTORS; v++) widen(part[v], &query[h][v * ELEMENTS_PER_VECTOR]);
    }
}

// score[k][h] = scale * dot(key k, query h), in all lanes of the group. NO_SCORE beyond the last key.
DEVICE void compute_scores(
    float (&score)[STEP_KEYS][PART_HEADS], const KeyVectors& keys, const float (&query)[PART_HEADS][LANE_DIMS],
    float scale, int first, int count) {
#pragma unroll
    for (int k = 0; k < STEP_KEYS; k++) {
        float key[LANE_DIMS];
#pragma unroll
        for (int v = 0; v < LANE_VECTORS; v++) widen(keys[k][v], &key[v * ELEMENTS_PER_VECTOR]);
#pragma unroll
        for (int h = 0; h < PART_HEADS; h++) {
            float dot = 0.f;
#pragma unroll
            for (int d = 0; d < LANE_DIMS; d++) dot += key[d] * query[h][d];
#pragma unroll
            for (int offset = LANES / 2; offset > 0; offset /= 2) {
                dot += __shfl_xor_sync(FULL_WARP, dot, offset);
            }
            score[k][h] = first + k * GROUPS < count ? dot * scale : NO_SCORE;
        }
    }
}

// Turns the scores of this step into weights relative to the largest score so far.
DEVICE void weigh(float (&score)[STEP_KEYS][PART_HEADS], RunningAttention& running) {
#pragma unroll
    for (int h = 0; h < PART_HEADS; h++) {
        float max = running.max[h];
#pragma unroll
        for (int k = 0; k < STEP_KEYS; k++) max = max_float(max, score[k][h]);
        float factor = softmax_factor(running.max[h], max);
        float sum = running.sum[h] * factor;
#pragma unroll
        for (int k = 0; k < STEP_KEYS; k++) {
            score[k][h] = exp2_approx(score[k][h] - softmax_shift(max));
            sum += score[k][h];
        }
        running.max[h] = max;
        running.sum[h] = sum;
#pragma unroll
        for (int d = 0; d < LANE_DIMS; d++) running.values[h][d] *= factor;
    }
}

DEVICE void add_values(
    RunningAttention& running, const float (&weight)[STEP_KEYS][PART_HEADS], const KeyVectors& values) {
#pragma unroll
    for (int k = 0; k < STEP_KEYS; k++) {
        float value[LANE_DIMS];
#pragma unroll
        for (int v = 0; v < LANE_VECTORS; v++) widen(values[k][v], &value[v * ELEMENTS_PER_VECTOR]);
#pragma unroll
        for (int h = 0; h < PART_HEADS; h++) {
#pragma unroll
            for (int d = 0; d < LANE_DIMS; d++) running.values[h][d] += weight[k][h] * value[d];
        }
    }
}

// Adds the groups of a warp. All lanes get the sums.
DEVICE void merge_groups(RunningAttention& running) {
#pragma unroll
    for (int h = 0; h < PART_HEADS; h++) {
        float max = running.max[h];
#pragma unroll
        for (int offset = LANES; offset < WARP_SIZE; offset *= 2) {
            max = max_float(max, __shfl_xor_sync(FULL_WARP, max, offset));
        }
        float factor = softmax_factor(running.max[h], max);
        running.max[h] = max;
        running.sum[h] *= factor;
#pragma unroll
        for (int d = 0; d < LANE_DIMS; d++) running.values[h][d] *= factor;
#pragma unroll
        for (int offset = LANES; offset < WARP_SIZE; offset *= 2) {
            running.sum[h] += __shfl_xor_sync(FULL_WARP, running.sum[h], offset);
#pragma unroll
            for (int d = 0; d < LANE_DIMS; d++) {
                running.values[h][d] += __shfl_xor_sync(FULL_WARP, running.values[h][d], offset);
            }
        }
    }
}

DEVICE void share(SharedAttention& shared, const RunningAttention& running, int warp, int lane) {
    if (lane >= LANES) return;
#pragma unroll
    for (int h = 0; h < PART_HEADS; h++) {
#pragma unroll
        for (int d = 0; d < LANE_DIMS; d++) {
            int vector = lane_vector(lane, d / ELEMENTS_PER_VECTOR);
            if (vector >= VECTORS) continue;
            shared.values[warp][h][vector * ELEMENTS_PER_VECTOR + d % ELEMENTS_PER_VECTOR] = running.values[h][d];
        }
        if (lane == 0) {
            shared.max[warp][h] = running.max[h];
            shared.sum[warp][h] = running.sum[h];
        }
    }
}

// Adds the warps of a block, with two dimensions per thread. Writes the output or the partial results.
DEVICE void finish(
    const AttentionParameters& p, const SharedAttention& shared, const AttentionItem& item, int item_index,
    int kv_head, int first_head) {
    for (int i = threadIdx.x; i < PART_HEADS * (HEAD_WIDTH / 2); i += THREADS) {
        int h = i / (HEAD_WIDTH / 2), d = i % (HEAD_WIDTH / 2) * 2;
        if (first_head + h >= HEADS_PER_KV_HEAD) continue;
        float max = NO_SCORE, sum = 0.f, first = 0.f, second = 0.f;
#pragma unroll
        for (int w = 0; w < WARPS; w++) max = max_float(max, shared.max[w][h]);
#pragma unroll
        for (int w = 0; w < WARPS; w++) {
            float factor = softmax_factor(shared.max[w][h], max);
            sum += shared.sum[w][h] * factor;
            first += shared.values[w][h][d] * factor;
            second += shared.values[w][h][d + 1] * factor;
        }
        if (item.splits == 1) {
            float inverse = softmax_inverse(sum);
            int column = (kv_head * HEADS_PER_KV_HEAD + first_head + h) * HEAD_SIZE + d;
            element* output = p.output + (u64)item.first_row * p.output_stride + column;
            if (d < HEAD_SIZE) store_pair(output, first * inverse, second * inverse);
        } else {
            u64 partial = partial_row(item_index, p.kv_heads, kv_head, p.item_rows, first_head + h);
            store_pair(p.partial_values + partial * HEAD_WIDTH + d, first, second);
            if (d == 0) store_stats(p.partial_stats, partial, max, sum);
        }
    }
}

DEVICE void attend(
    RunningAttention& running, const AttentionParameters& p, const AttentionItem& item, int kv_head, int first_head,
    int warp, int lane) {
    const StepRow row = p.rows[item.first_row];
    u64 sequence = ((u64)kv_head * p.pool_positions + row.sequence) * HEAD_WIDTH;
    int first = warp * WARP_GROUPS + lane / LANES, count = key_count(item);

    KeyVectors keys;
    load_keys(keys, p.keys + sequence, item, first, lane);
    float query[PART_HEADS][LANE_DIMS];
    load_query(query, p, item.first_row, kv_head, first_head, lane);
#pragma unroll
    for (int h = 0; h < PART_HEADS; h++) {
        running.max[h] = NO_SCORE;
        running.sum[h] = 0.f;
#pragma unroll
        for (int d = 0; d < LANE_DIMS; d++) running.values[h][d] = 0.f;
    }

    // All lanes take the same number of steps, because shuffles need them, though groups differ by one key.
    for (int done = 0; done < count; done += GROUPS * STEP_KEYS) {
        KeyVectors values;
        load_keys(values, p.values + sequence, item, first + done, lane);
        float score[STEP_KEYS][PART_HEADS];
        compute_scores(score, keys, query, p.score_scale, first + done, count);
        load_keys(keys, p.keys + sequence, item, first + done + GROUPS * STEP_KEYS, lane);
        weigh(score, running);
        add_values(running, score, values);
    }
}

// Grid: (items, kv heads * HEAD_PARTS). An item has one row, and its ranges are the keys that the row sees.
extern "C" __global__ void __launch_bounds__(THREADS) attention_decode(AttentionParameters p) {
    __shared__ SharedAttention shared;
    launch_dependents();
    wait_for_dependencies();
    int warp = threadIdx.x / WARP_SIZE, lane = threadIdx.x % WARP_SIZE;
    int kv_head = blockIdx.y / HEAD_PARTS, first_head = blockIdx.y % HEAD_PARTS * PART_HEADS;
    for (int i = blockIdx.x; i < p.header->attention_items; i += gridDim.x) {
        const AttentionItem item = p.items[i];
        RunningAttention running;
        attend(running, p, item, kv_head, first_head, warp, lane);
        merge_groups(running);
        share(shared, running, warp, lane);
        __syncthreads();
        finish(p, shared, item, i, kv_head, first_head);
        __syncthreads();
    }
}

PARAMETER_LAYOUT(attention_decode, AttentionParameters, ATTENTION_FIELDS)
