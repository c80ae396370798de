// Finds where top p and top k cut a row, by passes over the row. Each pass sums the weights above several bounds, and
// the bounds close in on the cut. When few enough values are between the bounds, they are sorted.
#pragma once
#include "sample/select.cuh"
#include "sample/sort.cuh"

#define WINDOW 2048 // values that are sorted
#define BOUNDS 8    // bounds of one pass

struct FilterScratch {
    u64 keys[WINDOW];
    float tails[2 * BOUNDS][BLOCK_SCRATCH];
    SelectScratch select;
    int count;
};

// The number of values that reach a bound, and their weight.
struct Tail {
    float mass, count;
    DEVICE float of(bool by_mass) const { return by_mass ? mass : count; }
};

// The cut is in [low, high).
struct Bracket {
    float low, high;
    Tail from_low, from_high;
};

DEVICE void row_tails(const Row& row, const float (&bounds)[BOUNDS], Tail (&tails)[BOUNDS], FilterScratch* s) {
    for (int id = (int)threadIdx.x * QUAD; id < row.vocabulary; id += (int)blockDim.x * QUAD) {
        float values[QUAD];
        load_logits(row, id, values);
#pragma unroll
        for (int k = 0; k < QUAD; k++) {
            float weight = row.weight(values[k]);
#pragma unroll
            for (int j = 0; j < BOUNDS; j++) {
                tails[j].mass += values[k] >= bounds[j] ? weight : 0.f;
                tails[j].count += values[k] >= bounds[j] ? 1.f : 0.f;
            }
        }
    }
#pragma unroll
    for (int j = 0; j < BOUNDS; j++) {
        tails[j].mass = warp_sum(tails[j].mass);
        tails[j].count = warp_sum(tails[j].count);
        if (lane_index() == 0) s->tails[2 * j][warp_index()] = tails[j].mass;
        if (lane_index() == 0) s->tails[2 * j + 1][warp_index()] = tails[j].count;
    }
    __syncthreads();
#pragma unroll
    for (int j = 0; j < BOUNDS; j++) {
        float mass = lane_index() < warp_count() ? s->tails[2 * j][lane_index()] : 0.f;
        float count = lane_index() < warp_count() ? s->tails[2 * j + 1][lane_index()] : 0.f;
        tails[j].mass = warp_sum(mass);
        tails[j].count = warp_sum(count);
    }
    __syncthreads();
}

// The bracket of all values, before anything is known about the cut.
DEVICE Bracket whole_row(const Row& row, float mass) {
    float above = float_of_ordered(ordered_bits(row.maximum) + 1);
    return Bracket{LOWEST, above, Tail{mass, (float)row.vocabulary}, Tail{0.f, 0.f}};
}

// Falling bounds in [low, high). In the first pass their distance from the upper end doubles. Then they are evenly
// spaced by value, and from pass 5 on by the order of floats.
DEVICE float bound_of(const Row& row, const Bracket& bracket, int pass, int j) {
    float bound;
    if (pass == 0) {
        float step = 0.25f * (float)(1 << j);
        bound = bracket.high - step * (LOG2_E / row.scale);
    } else if (pass < 5) {
        float part = (float)(BOUNDS - j) / (BOUNDS + 1);
        bound = bracket.low * (1.f - part) + bracket.high * part;
    } else {
        u32 low = ordered_bits(bracket.low), floats = ordered_bits(bracket.high) - low;
        u32 up = floats <= BOUNDS ? (u32)(BOUNDS - j) : (u32)((u64)floats * (BOUNDS - j) / (BOUNDS + 1));
        bound = float_of_ordered(low + up);
    }
    return bound > bracket.low && bound < bracket.high ? bound : bracket.low;
}

DEVICE void narrow(const Row& row, float limit, bool by_mass, int pass, Bracket& bracket, FilterScratch* s) {
    float bounds[BOUNDS];
    Tail tails[BOUNDS] = {};
#pragma unroll
    for (int j = 0; j < BOUNDS; j++) bounds[j] = bound_of(row, bracket, pass, j);
    row_tails(row, bounds, tails, s);
    bool found = false;
#pragma unroll
    for (int j = 0; j < BOUNDS; j++) {
        if (found || bounds[j] <= bracket.low) continue;
        found = tails[j].of(by_mass) > limit;
        if (found) {
            bracket.low = bounds[j], bracket.from_low = tails[j];
        } else {
            bracket.high = bounds[j], bracket.from_high = tails[j];
        }
    }
}

// The weight of a sorted key for the cut.
struct RankedWeight {
    bool by_mass;
    DEVICE float operator()(const Row& row, u64 key) const { return by_mass ? row.weight(value_of_key(key)) : 1.f; }
};

// The first of `count` keys at which the running weight exceeds the limit, else the last one with weight, else -1.
template <class Weigh>
DEVICE int find_in_keys(const Row& row, const Weigh& weigh, const u64* keys, int count, float before, float limit,
                        SelectScratch* s) {
    int part = (count + (int)blockDim.x - 1) / (int)blockDim.x;
    int first = (int)threadIdx.x * part, last = first + part < count ? first + part : count;
    float mine = 0, total;
    int latest = -1;
    for (int i = first; i < last; i++) {
        float weight = weigh(row, keys[i]);
        if (weight > 0.f) latest = i;
        mine += weight;
    }
    float running = before + block_running_sum(mine, s->sums, total);
    int found = NO_ID;
    for (int i = first; i < last && found == NO_ID; i++) {
        float weight = weigh(row, keys[i]);
        running += weight;
        if (weight > 0.f && running > limit) found = i;
    }
    found = block_min(found, s->threads);
    latest = -block_min(-latest, s->threads);
    return found == NO_ID ? latest : found;
}

// The first token, by falling value, at which the running weight (mass or count) exceeds the limit.
DEVICE Cut find_cut(const Row& row, Bracket bracket, float limit, bool by_mass, FilterScratch* s) {
    int pass = 0;
    while (bracket.from_low.count - bracket.from_high.count > WINDOW &&
           ordered_bits(bracket.high) - ordered_bits(bracket.low) > 1) {
        narrow(row, limit, by_mass, pass++, bracket, s);
    }
    if (bracket.from_low.count - bracket.from_high.count > WINDOW) {
        // All values are equal. Top k keeps all of them, top p those with the lowest ids.
        if (!by_mass) return Cut{bracket.low, NO_ID};
        float ties = (limit - bracket.from_high.mass) * rcp_approx(row.weight(bracket.low));
        return Cut{bracket.low, select_in_row(row, TieCount{bracket.low}, ties, &s->select)};
    }

    if (threadIdx.x == 0) s->count = 0;
    __syncthreads();
    for (int id = (int)threadIdx.x * QUAD; id < row.vocabulary; id += (int)blockDim.x * QUAD) {
        float values[QUAD];
        load_logits(row, id, values);
#pragma unroll
        for (int k = 0; k < QUAD; k++) {
            bool inside = values[k] >= bracket.low && values[k] < bracket.high;
            if (inside) s->keys[atomicAdd(&s->count, 1)] = rank_key(values[k], id + k);
        }
    }
    __syncthreads();
    int count = s->count;
    block_sort(s->keys, count);
    float above = bracket.from_high.of(by_mass);
    int last = find_in_keys(row, RankedWeight{by_mass}, s->keys, count, above, limit, &s->select);
    u64 key = s->keys[last < 0 ? count - 1 : last];
    __syncthreads();
    return Cut{value_of_key(key), id_of_key(key)};
}

struct Filters {
    float mass_limit; // the limit of top p; negative: off
    int top_k;        // 0: off
};

// Finds where top p and then top k cut the row. Both cuts are in the bracket. The mask token counts as any other.
DEVICE Cut filter_row(Row row, const Filters& filters, const Bracket& bracket, FilterScratch* s) {
    row.mask = -1;
    Cut cut = no_cut();
    if (filters.mass_limit >= 0.f) cut = find_cut(row, bracket, filters.mass_limit, true, s);
    if (filters.top_k > 0) {
        // Ties with the k-th largest survive, unless top p has removed them before.
        float kth = find_cut(row, bracket, (float)(filters.top_k - 1), false, s).value;
        if (kth > cut.value) cut = Cut{kth, NO_ID};
    }
    return cut;
}
