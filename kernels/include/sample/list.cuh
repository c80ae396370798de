// The second kernel's method for rows whose filters keep only values that the slices have listed. It sorts a few values
// and does not read the row again.
#pragma once
#include "sample/filter.cuh"
#include "sample/slice.cuh"

// Visits all listed values from `bound` up. Each thread visits its share, always in the same order.
template <class Visit>
DEVICE void visit_lists(const SliceTable& table, int candidate, int listed_by_lane, float bound, const Visit& visit) {
    const int together = 4; // loads in flight
    for (int start = 0; start < table.slices * LIST_CAPACITY; start += together * (int)blockDim.x) {
        u64 keys[together];
        bool found[together];
#pragma unroll
        for (int i = 0; i < together; i++) {
            int entry = start + i * (int)blockDim.x + (int)threadIdx.x;
            int slice = entry / LIST_CAPACITY, place = entry % LIST_CAPACITY;
            int listed = __shfl_sync(FULL_WARP, listed_by_lane, slice);
            found[i] = slice < table.slices && place < listed;
            if (found[i]) keys[i] = table.list(candidate, slice)[place];
        }
#pragma unroll
        for (int i = 0; i < together; i++) {
            if (found[i] && value_of_key(keys[i]) >= bound) visit(keys[i]);
        }
    }
}

struct SumListed {
    const Row* row;
    Tail* sums;
    DEVICE void operator()(u64 key) const {
        sums->mass += row->weight(value_of_key(key));
        sums->count += 1.f;
    }
};

struct CollectListed {
    const Row* row;
    FilterScratch* s;
    float least;
    DEVICE void operator()(u64 key) const {
        if (row->weight(value_of_key(key)) < least) return;
        int place = atomicAdd(&s->count, 1);
        if (place < WINDOW) s->keys[place] = key;
    }
};

// Finds where the filters cut the row. False if the lists do not reach the cut; then the bracket contains it. The mask
// token is in no list, so its value is `mask_value`. On success s->keys[0, kept) are the kept values, falling.
DEVICE bool cut_from_lists(const Row& row, const SliceTable& table, int candidate, int listed, float bound,
                           float mask_value, const Filters& filters, FilterScratch* s, Bracket& bracket, Cut& cut,
                           int& kept) {
    bool mask_listed = mask_value > NO_VALUE && mask_value >= bound && threadIdx.x == 0;
    u64 mask_key = rank_key(mask_value, row.mask);
    Tail all = {};
    visit_lists(table, candidate, listed, bound, SumListed{&row, &all});
    if (mask_listed) SumListed{&row, &all}(mask_key);
    all.mass = block_sum(all.mass, s->select.sums);
    all.count = block_sum(all.count, s->select.sums);
    bool by_mass = filters.mass_limit >= 0.f && all.mass > filters.mass_limit;
    bool by_count = filters.top_k > 0 && all.count >= (float)filters.top_k;
    if (!by_mass && !by_count) {
        if (bound > LOWEST && bound < bracket.high) bracket.high = bound, bracket.from_high = all;
        return false;
    }

    // Top p cannot keep values this light: without all of them the mass still exceeds the limit.
    float least = by_mass ? 0.5f * (all.mass - filters.mass_limit) / all.count : 0.f;
    if (threadIdx.x == 0) s->count = 0;
    __syncthreads();
    visit_lists(table, candidate, listed, bound, CollectListed{&row, s, least});
    if (mask_listed) CollectListed{&row, s, least}(mask_key);
    __syncthreads();
    int count = s->count;
    if (count > WINDOW) return false;
    block_sort(s->keys, count);

    cut = no_cut();
    if (by_mass) {
        int last = find_in_keys(row, RankedWeight{true}, s->keys, count, 0.f, filters.mass_limit, &s->select);
        cut = Cut{value_of_key(s->keys[last]), id_of_key(s->keys[last])};
    }
    // Ties with the k-th largest survive, unless top p has removed them before.
    if (filters.top_k > 0 && count >= filters.top_k) {
        float kth = value_of_key(s->keys[filters.top_k - 1]);
        if (kth > cut.value) cut = Cut{kth, NO_ID};
    }
    float keeps = 0;
    for (int i = (int)threadIdx.x; i < count; i += (int)blockDim.x) {
        keeps += cut.keeps(value_of_key(s->keys[i]), id_of_key(s->keys[i])) ? 1.f : 0.f;
    }
    kept = (int)block_sum(keeps, s->select.sums);
    return true;
}

// The two largest of the kept keys, without the mask token.
DEVICE Best best_of_keys(const Row& row, const u64* keys, int kept) {
    Best best = no_best();
    for (int i = 0; i < kept && i < 3; i++) {
        if (id_of_key(keys[i]) != row.mask) take(best, value_of_key(keys[i]), id_of_key(keys[i]));
    }
    return best;
}

DEVICE Moments moments_of_keys(const Row& row, const u64* keys, int kept, float* scratch) {
    Moments sums = {};
    for (int i = (int)threadIdx.x; i < kept; i += (int)blockDim.x) {
        float exponent = row.exponent(value_of_key(keys[i]));
        float weight = id_of_key(keys[i]) == row.mask ? 0.f : exp2_approx(exponent);
        sums.mass += weight;
        sums.moment += weight * exponent;
    }
    sums.mass = block_sum(sums.mass, scratch);
    sums.moment = block_sum(sums.moment, scratch);
    return sums;
}

DEVICE float floor_shares_of_keys(const Row& row, const u64* keys, int kept, float total, float* scratch) {
    float sum = 0;
    for (int i = (int)threadIdx.x; i < kept; i += (int)blockDim.x) {
        if (id_of_key(keys[i]) != row.mask) sum += floor_share(row.weight(value_of_key(keys[i])) / total);
    }
    return block_sum(sum, scratch);
}

// Keys in order of ids carry the weight itself in their lower half.
struct CarriedWeight {
    DEVICE float operator()(const Row&, u64 key) const { return float_of_bits((u32)key); }
};

// Draws from the kept keys and destroys their order. -1 if only the mask token has weight.
DEVICE int draw_from_keys(const Row& row, FilterScratch* s, int kept, float target) {
    __syncthreads();
    for (int i = (int)threadIdx.x; i < kept; i += (int)blockDim.x) {
        u64 key = s->keys[i];
        float weight = id_of_key(key) == row.mask ? 0.f : row.weight(value_of_key(key));
        s->keys[i] = (u64)(u32)id_of_key(key) << 32 | bits_of_float(weight);
    }
    __syncthreads();
    block_sort(s->keys, kept);
    int found = find_in_keys(row, CarriedWeight{}, s->keys, kept, 0.f, target, &s->select);
    return found < 0 ? -1 : (int)(s->keys[found] >> 32);
}
