// Adds the partial sums of the stacked query, key and value product, and the bias. Rotates queries and keys. Writes
// queries to a buffer, and keys and values to the row's own position in the pool. So one launch writes the rows of all
// spans. Grid: (parts, rows). A thread rotates one chunk of pairs.
#include "host/layout.cuh"
#include "host/step.cuh"
#include "mma/planes.cuh"

#if !defined(HEAD_SIZE)
#error "Define HEAD_SIZE."
#endif
#define HALF_HEAD (HEAD_SIZE / 2)
#define HEAD_WIDTH ((HEAD_SIZE + 15) / 16 * 16)

// Pairs per thread: a quad if both halves of every head are aligned to quads, else one.
#if HEAD_SIZE % (2 * QUAD) == 0
#define PAIRS QUAD
#else
#define PAIRS 1
#endif
#define CHUNKS_PER_HEAD (HALF_HEAD / PAIRS)

struct RopeStoreKvParameters {
    element* query;           // [rows, heads, HEAD_WIDTH]
    element* keys;            // [kv heads, pool positions, HEAD_WIDTH]
    element* values;          // [kv heads, pool positions, HEAD_WIDTH]
    const float* product;     // [splits, bucket, width]
    const float* bias;        // [width]
    const float* rotary;      // [positions, HALF_HEAD, (cos, sin)]
    const StepRow* rows;
    const StepHeader* header;
    const int* writes;        // [rows]: 0: the row writes no key and value; null: all rows write
    int splits;
    int bucket;
    int width;
    int heads;
    int kv_heads;
    int pool_positions;
};

DEVICE void store_pairs(element* target, const float (&values)[PAIRS]) {
#if PAIRS == QUAD
    store_element_quad(target, values);
#else
    target[0] = float_to_element(values[0]);
#endif
}

DEVICE void rotate(const float* angles, float (&first)[PAIRS], float (&second)[PAIRS]) {
    float parts[2 * PAIRS] = {}; // (cos, sin) of each pair
#if PAIRS == QUAD
    float low[QUAD], high[QUAD];
    load_quad(angles, low);
    load_quad(angles + QUAD, high);
#pragma unroll
    for (int k = 0; k < QUAD; k++) parts[k] = low[k], parts[QUAD + k] = high[k];
#else
    parts[0] = angles[0], parts[1] = angles[1];
#endif
#pragma unroll
    for (int k = 0; k < PAIRS; k++) {
        float cos = parts[2 * k], sin = parts[2 * k + 1], a = first[k], b = second[k];
        first[k] = a * cos - b * sin;
        second[k] = b * cos + a * sin;
    }
}

// The target of a head of this row. The heads are those of queries, then keys, then values.
DEVICE element* head_target(const RopeStoreKvParameters& p, int head, int row, int pool) {
    if (head < p.heads) return p.query + ((u64)row * p.heads + head) * HEAD_WIDTH;
    head -= p.heads;
    if (head < p.kv_heads) return p.keys + ((u64)head * p.pool_positions + pool) * HEAD_WIDTH;
    return p.values + ((u64)(head - p.kv_heads) * p.pool_positions + pool) * HEAD_WIDTH;
}

extern "C" __global__ void rope_store_kv(RopeStoreKvParameters p) {
    launch_dependents();
    wait_for_dependencies();
    int row = (int)blockIdx.y;
    int chunk = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    int head = chunk / CHUNKS_PER_HEAD, pair = chunk % CHUNKS_PER_HEAD * PAIRS;
    if (row >= p.header->rows || head >= p.heads + 2 * p.kv_heads) return;
    if (head >= p.heads && p.writes && !p.writes[row]) return;
    StepRow at = p.rows[row];

    int column = head * HEAD_SIZE + pair;
    const float* product = p.product + (u64)row * p.width + column;
    float halves[2][PAIRS];  // the first and the second of each pair
    load_values(p.bias + column, halves[0]);
    load_values(p.bias + column + HALF_HEAD, halves[1]);
    add_planes(halves, product, HALF_HEAD, (u64)p.bucket * p.width, p.splits);

    bool rotated = head < p.heads + p.kv_heads;
    if (rotated) rotate(p.rotary + ((u64)at.position * HALF_HEAD + pair) * 2, halves[0], halves[1]);
    element* target = head_target(p, head, row, at.pool);
    store_pairs(target + pair, halves[0]);
    store_pairs(target + pair + HALF_HEAD, halves[1]);
    if (pair > 0) return;
#pragma unroll
    for (int i = HEAD_SIZE; i < HEAD_WIDTH; i++) target[i] = float_to_element(0.f);
}

PARAMETER_LAYOUT(rope_store_kv, RopeStoreKvParameters,
                 FIELD(query) FIELD(keys) FIELD(values) FIELD(product) FIELD(bias) FIELD(rotary) FIELD(rows)
                 FIELD(header) FIELD(writes) FIELD(splits) FIELD(bucket) FIELD(width) FIELD(heads)
                 FIELD(kv_heads) FIELD(pool_positions))
