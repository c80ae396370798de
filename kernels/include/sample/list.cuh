// The second kernel's way for rows whose filters keep no more than the slices have listed: a few values are sorted, and
// the row itself is not read again.
#pragma once
#include "sample/filter.cuh"
#include "sample/slice.cuh"

// All listed values from `bound` up; each thread sees its share of them, in the same order every time.
template <class Visit>
DEVICE void visit_lists(const SliceTable& table, int candidate, int listed_by_lane, float bound, const Visit& visit) {
    const int together = 4; // loads under way at a time
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

// Where the filters cut the row; false if the lists do not reach so far, and then the bracket says where it can be. The
// mask token, which is in no list, comes with `mask_value`. On success the kept values are s->keys[0, kept), falling.
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

    // What is too light for all of them together to lift the rest over the limit cannot be kept by top p.
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

// The best two of the kept keys, without the mask token.
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

// A draw from the kept keys, whose order is lost; -1 if none but the mask token has weight.
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
