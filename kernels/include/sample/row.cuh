// A row of logits for the sampler, and single passes of a block over it. -inf counts as the most negative finite
// number. NaN counts as +inf. A row with +inf is broken. A row is also broken if no token except the mask is above the
// most negative finite number. The mask token has no value in a row unless the row was made with it.
#pragma once
#include "base/quads.cuh"
#include "base/reduce.cuh"

#define LOG2_E 1.44269504f
#define LN_2 0.693147181f
#define LARGEST 3.402823466e38f
#define LOWEST (-LARGEST)
#define NO_VALUE float_of_bits(0xff800000u) // -inf: beyond the vocabulary, or the mask token
#define BROKEN_VALUE float_of_bits(0x7f800000u) // +inf, so that the largest value shows whether the row has one
#define NO_ID 0x7fffffff
#define NO_WEIGHT_BELOW (-300.f) // smaller powers of two count as zero, which keeps 0 * inf out of sums
#define ENTROPY_FLOOR 1e-10f

struct Row {
    const float* logits;  // [vocabulary]
    int vocabulary;
    int mask;             // the token without a value, or -1
    float scale;          // log2(e) / temperature
    float maximum;        // over the row, mask token included

    DEVICE float exponent(float value) const { return max_float((value - maximum) * scale, NO_WEIGHT_BELOW); }
    DEVICE float weight(float value) const { return exp2_approx((value - maximum) * scale); }

    // The model's own scale, without the temperature.
    DEVICE Row own() const { return Row{logits, vocabulary, mask, LOG2_E, maximum}; }
};

// The last token that the filters keep, in order of falling values and rising ids.
struct Cut {
    float value;
    int last_id;

    DEVICE bool keeps(float v, int id) const { return v > value || (v == value && id <= last_id); }
};

DEVICE Cut no_cut() { return Cut{NO_VALUE, NO_ID}; }

// Also turns -0 into +0, so that equal values have equal bits.
DEVICE float ordered_logit(float x) {
    float value = (x > LOWEST ? x : LOWEST) + 0.f;
    return x <= LARGEST ? value : BROKEN_VALUE;
}

DEVICE bool is_broken(float best, float maximum) { return best <= LOWEST || maximum > LARGEST; }

// Values [id, id + 4). The id is a multiple of 4, and rows are padded to a multiple of 64.
DEVICE void load_logits(const Row& row, int id, float (&values)[QUAD]) {
    load_quad(row.logits + id, values);
#pragma unroll
    for (int k = 0; k < QUAD; k++) {
        bool present = id + k < row.vocabulary && id + k != row.mask;
        values[k] = present ? ordered_logit(values[k]) : NO_VALUE;
    }
}

// log2 with an absolute error of about 1e-7 for any x, because the exponent is exact.
DEVICE float accurate_log2(float x) {
    u32 bits = bits_of_float(x);
    float mantissa = float_of_bits((bits & 0x007fffffu) | 0x3f800000u);
    return (float)((int)(bits >> 23) - 127) + log2_approx(mantissa);
}

// The largest and the second largest value, each with its lowest id.
struct Best {
    float value, second;
    int id, second_id;
};

DEVICE Best no_best() { return Best{NO_VALUE, NO_VALUE, NO_ID, NO_ID}; }

DEVICE bool precedes(float value, int id, float other, int other_id) {
    return value > other || (value == other && id < other_id);
}

DEVICE Best better(const Best& a, const Best& b) {
    bool first = precedes(a.value, a.id, b.value, b.id);
    Best best = first ? a : b;
    float loser = first ? b.value : a.value;
    int loser_id = first ? b.id : a.id;
    if (precedes(loser, loser_id, best.second, best.second_id)) best.second = loser, best.second_id = loser_id;
    return best;
}

// For ids that come in rising order.
DEVICE void take(Best& best, float value, int id) {
    if (value > best.value) {
        best.second = best.value, best.second_id = best.id;
        best.value = value, best.id = id;
    } else if (value > best.second) {
        best.second = value, best.second_id = id;
    }
}

DEVICE Best warp_best(Best best) {
#pragma unroll
    for (int distance = WARP_SIZE / 2; distance > 0; distance /= 2) {
        Best other;
        other.value = __shfl_xor_sync(FULL_WARP, best.value, distance);
        other.id = __shfl_xor_sync(FULL_WARP, best.id, distance);
        other.second = __shfl_xor_sync(FULL_WARP, best.second, distance);
        other.second_id = __shfl_xor_sync(FULL_WARP, best.second_id, distance);
        best = better(best, other);
    }
    return best;
}

DEVICE Best block_best(Best best, Best* scratch) {
    best = warp_best(best);
    if (lane_index() == 0) scratch[warp_index()] = best;
    __syncthreads();
    best = lane_index() < warp_count() ? scratch[lane_index()] : no_best();
    best = warp_best(best);
    __syncthreads();
    return best;
}

DEVICE Best row_best(const Row& row, Best* scratch) {
    Best best = no_best();
    for (int id = (int)threadIdx.x * QUAD; id < row.vocabulary; id += (int)blockDim.x * QUAD) {
        float values[QUAD];
        load_logits(row, id, values);
#pragma unroll
        for (int k = 0; k < QUAD; k++) take(best, values[k], id + k);
    }
    return block_best(best, scratch);
}

// Sums over the kept tokens, e = weight's exponent of two.
struct Moments {
    float mass;   // weights
    float moment; // weights * e
};

DEVICE Moments row_moments(const Row& row, const Cut& cut, float* scratch) {
    Moments sums = {};
    for (int id = (int)threadIdx.x * QUAD; id < row.vocabulary; id += (int)blockDim.x * QUAD) {
        float values[QUAD];
        load_logits(row, id, values);
#pragma unroll
        for (int k = 0; k < QUAD; k++) {
            float exponent = row.exponent(values[k]);
            float weight = cut.keeps(values[k], id + k) ? exp2_approx(exponent) : 0.f;
            sums.mass += weight;
            sums.moment += weight * exponent;
        }
    }
    sums.mass = block_sum(sums.mass, scratch);
    sums.moment = block_sum(sums.moment, scratch);
    return sums;
}

// p * ln(1 + floor / p), which the floor adds to p * ln(p). The error is at most 3 % of the floor.
DEVICE float floor_share(float p) { return 2.f * p * ENTROPY_FLOOR * rcp_approx(2.f * p + ENTROPY_FLOOR); }

DEVICE float row_floor_shares(const Row& row, const Cut& cut, float total, float* scratch) {
    float sum = 0, scale = 1.f / total;
    for (int id = (int)threadIdx.x * QUAD; id < row.vocabulary; id += (int)blockDim.x * QUAD) {
        float values[QUAD];
        load_logits(row, id, values);
#pragma unroll
        for (int k = 0; k < QUAD; k++) {
            sum += cut.keeps(values[k], id + k) ? floor_share(row.weight(values[k]) * scale) : 0.f;
        }
    }
    return block_sum(sum, scratch);
}
