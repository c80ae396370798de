// The first of the sampler's two kernels. A block reads a slice of a row once, into registers, and writes what the
// second kernel needs. Values that reach the slice's bound go into a list, which probably contains all values that the
// filters keep. At least 64 threads of the slice have such a value, so the list has the slice's 64 largest values.
#pragma once
#include "sample/row.cuh"
#include "sample/sort.cuh"

#define SLICE_THREADS 256
#define SLICE_QUADS 10 // per thread
#define SLICE_SIZE (SLICE_THREADS * SLICE_QUADS * QUAD)
#define LIST_CAPACITY 256
#define LISTED_PER_WARP 8
#define SPREAD_STEP 6.f // powers of two

// The sums of a slice, without the mask token. Weights are relative to its largest value.
struct __align__(16) Slice {
    float best, second;
    int best_id;
    float mass, moment;  // as in Moments
    float bound;         // all values from this one up are in the list; +inf: there is no list
    int listed;
    float own_mass;      // without temperature: for the certainty
    u32 spread[4];       // values by exponent, in steps from 0 down, for the entropy's floor: eight 16-bit counts
};

// The workspace holds the slices of all candidates, then their lists.
struct SliceTable {
    u8* workspace;
    int candidates;
    int slices;

    DEVICE Slice* slice(int candidate, int index) const {
        return (Slice*)workspace + ((u64)candidate * slices + index);
    }
    DEVICE u64* list(int candidate, int index) const {
        u64* lists = (u64*)((Slice*)workspace + (u64)candidates * slices);
        return lists + ((u64)candidate * slices + index) * LIST_CAPACITY;
    }
};

struct SliceScratch {
    float sums[BLOCK_SCRATCH];
    int ids[BLOCK_SCRATCH];
    int spread[4];
};

typedef float SliceValues[SLICE_QUADS][QUAD];

DEVICE int slice_id(int begin, int quad) { return begin + (quad * SLICE_THREADS + (int)threadIdx.x) * QUAD; }

// All loads are in flight before the first one is used. Unchecked: the slice is full and has no mask token.
template <bool Checked>
DEVICE void load_values(const Row& row, int begin, SliceValues& values) {
    const float* first = row.logits + slice_id(begin, 0);
#pragma unroll
    for (int i = 0; i < SLICE_QUADS; i++) {
        bool inside = !Checked || slice_id(begin, i) < row.vocabulary;
        if (inside) load_quad(first + i * SLICE_THREADS * QUAD, values[i]);
    }
#pragma unroll
    for (int i = 0; i < SLICE_QUADS; i++) {
#pragma unroll
        for (int k = 0; k < QUAD; k++) {
            int id = slice_id(begin, i) + k;
            bool present = !Checked || (id < row.vocabulary && id != row.mask);
            values[i][k] = present ? ordered_logit(values[i][k]) : NO_VALUE;
        }
    }
}

DEVICE void load_slice(const Row& row, int begin, SliceValues& values) {
    bool full = begin + SLICE_SIZE <= row.vocabulary && (row.mask < begin || row.mask >= begin + SLICE_SIZE);
    if (full) load_values<false>(row, begin, values);
    else load_values<true>(row, begin, values);
}

// The lowest id of this thread's values that equal a given value.
DEVICE int id_of_value(const SliceValues& values, int begin, float value) {
    int found = NO_ID;
#pragma unroll
    for (int i = SLICE_QUADS - 1; i >= 0; i--) {
#pragma unroll
        for (int k = QUAD - 1; k >= 0; k--) {
            if (values[i][k] == value) found = slice_id(begin, i) + k;
        }
    }
    return found;
}

DEVICE float largest_but(const SliceValues& values, int begin, int but) {
    float largest = NO_VALUE;
#pragma unroll
    for (int i = 0; i < SLICE_QUADS; i++) {
#pragma unroll
        for (int k = 0; k < QUAD; k++) {
            if (slice_id(begin, i) + k != but) largest = max_float(largest, values[i][k]);
        }
    }
    return largest;
}

DEVICE float sum_weights(const Row& slice, const SliceValues& values, SliceScratch* s) {
    float mass = 0;
#pragma unroll
    for (int i = 0; i < SLICE_QUADS; i++) {
        float sum = 0;
#pragma unroll
        for (int k = 0; k < QUAD; k++) sum += slice.weight(values[i][k]);
        mass += sum;
    }
    return block_sum(mass, s->sums);
}

// The same with the moment and the distribution of exponents.
DEVICE void sum_moments(const Row& slice, const SliceValues& values, SliceScratch* s, Slice& result) {
    float mass = 0, moment = 0;
    u64 spread = 0; // eight counts of 8 bits: a thread has 40 values
#pragma unroll
    for (int i = 0; i < SLICE_QUADS; i++) {
#pragma unroll
        for (int k = 0; k < QUAD; k++) {
            float exponent = slice.exponent(values[i][k]), weight = exp2_approx(exponent);
            mass += weight;
            moment += weight * exponent;
            int step = (int)(exponent * (-1.f / SPREAD_STEP));
            spread += 1ull << (8 * (step < 7 ? step : 7));
        }
    }
    if (threadIdx.x < 4) s->spread[threadIdx.x] = 0;
    result.mass = block_sum(mass, s->sums);
    result.moment = block_sum(moment, s->sums);
#pragma unroll
    for (int word = 0; word < 4; word++) {
        u32 pair = (u32)(spread >> (16 * word)) & 0xffffu;
        int counts = warp_sum((int)((pair & 0xffu) | (pair & 0xff00u) << 8));
        if (lane_index() == 0) atomicAdd(&s->spread[word], counts);
    }
    __syncthreads();
#pragma unroll
    for (int word = 0; word < 4; word++) result.spread[word] = (u32)s->spread[word];
}

// Sorts in falling order from lane to lane.
DEVICE float warp_sort(float value) {
#pragma unroll
    for (int run = 2; run <= WARP_SIZE; run *= 2) {
#pragma unroll
        for (int distance = run / 2; distance > 0; distance /= 2) {
            float other = __shfl_xor_sync(FULL_WARP, value, distance);
            bool larger = ((lane_index() & (unsigned)distance) == 0) == ((lane_index() & (unsigned)run) == 0);
            value = (value > other) == larger ? value : other;
        }
    }
    return value;
}

// A bound that at least 8 threads of every warp with values reach.
DEVICE float bound_of_list(float largest, float* scratch) {
    float sorted = warp_sort(largest);
    float reached = __shfl_sync(FULL_WARP, sorted, LISTED_PER_WARP - 1);
    return -block_max(reached > NO_VALUE ? -reached : NO_VALUE, scratch);
}

DEVICE void write_list(const SliceValues& values, int begin, SliceScratch* s, u64* list, Slice& result) {
    float count = 0, total;
#pragma unroll
    for (int i = 0; i < SLICE_QUADS; i++) {
#pragma unroll
        for (int k = 0; k < QUAD; k++) count += values[i][k] >= result.bound && values[i][k] > NO_VALUE ? 1.f : 0.f;
    }
    int next = (int)block_running_sum(count, s->sums, total);
    result.listed = (int)total;
    if (result.listed > LIST_CAPACITY) {
        result.listed = 0, result.bound = -NO_VALUE;
        return;
    }
#pragma unroll
    for (int i = 0; i < SLICE_QUADS; i++) {
#pragma unroll
        for (int k = 0; k < QUAD; k++) {
            bool listed = values[i][k] >= result.bound && values[i][k] > NO_VALUE;
            if (listed) list[next++] = rank_key(values[i][k], slice_id(begin, i) + k);
        }
    }
}
