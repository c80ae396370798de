// Combines the slices of a row. Every warp does it for itself, with one slice per lane.
#pragma once
#include "sample/select.cuh"
#include "sample/slice.cuh"

struct Combined {
    Best best;     // without the id of the second value
    float mass;    // without the mask token, relative to the row's maximum
    float moment;
    float bound;   // all values from this one up are listed
    Slice slice;   // the slice of this lane
    float shift;   // the exponent of the largest value in this lane's slice
};

// Also sets the row's maximum.
DEVICE Combined combine_slices(Row& row, const SliceTable& table, int candidate, float mask_value) {
    Combined all;
    all.slice = Slice{NO_VALUE, NO_VALUE, NO_ID, 0.f, 0.f, NO_VALUE, 0, 0.f, {}};
    if ((int)lane_index() < table.slices) all.slice = *table.slice(candidate, (int)lane_index());
    all.best = warp_best(Best{all.slice.best, all.slice.second, all.slice.best_id, NO_ID});
    row.maximum = max_float(all.best.value, mask_value);
    all.shift = row.exponent(all.slice.best);
    float scale = exp2_approx(all.shift);
    all.slice.mass *= scale;
    all.slice.moment = scale * all.slice.moment + all.shift * all.slice.mass;
    all.mass = warp_sum(all.slice.mass);
    all.moment = warp_sum(all.slice.moment);
    all.bound = warp_max(all.slice.bound);
    return all;
}

// A token's probability in the model's own distribution: without temperature and filters, and with the mask token.
DEVICE float own_probability(const Row& row, const SliceTable& table, int candidate, float mask_value, int token) {
    Row own = row.own();
    float mass = 0;
    if ((int)lane_index() < table.slices) {
        const Slice* slice = table.slice(candidate, (int)lane_index());
        mass = slice->own_mass * own.weight(slice->best);
    }
    return own.weight(ordered_logit(row.logits[token])) / (warp_sum(mass) + own.weight(mask_value));
}

// The entropy of the floor, from the counts. Three values represent all values of a step.
DEVICE float floor_shares_of_slices(const Combined& all, float total) {
    float sum = 0;
#pragma unroll
    for (int step = 0; step < 7; step++) {
        u32 count = all.slice.spread[step / 2] >> (step % 2 ? 16 : 0) & 0xffffu;
        float top = all.shift - SPREAD_STEP * (float)step, shares = 0;
#pragma unroll
        for (int sixth = 1; sixth < 6; sixth += 2) {
            shares += floor_share(exp2_approx(top - SPREAD_STEP / 6.f * (float)sixth) / total);
        }
        sum += (float)count * shares * (1.f / 3.f);
    }
    return warp_sum(sum);
}

// Draws from all tokens: first a slice, which is read again, then the token. -1 if no token has weight.
DEVICE int draw_from_slices(const Row& row, const Combined& all, float target, SelectScratch* s) {
    float running = warp_running_sum(all.slice.mass);
    float below = __shfl_up_sync(FULL_WARP, running, 1u);
    if (lane_index() == 0) below = 0.f;
    bool weighs = all.slice.mass > 0.f;
    int lane = (int)lane_index();
    int past = warp_min(weighs && running > target ? lane : NO_ID);
    int latest = -warp_min(weighs ? -lane : 1);
    if (latest < 0) return -1;
    int slice = past == NO_ID ? latest : past;
    float within = target - __shfl_sync(FULL_WARP, below, slice);
    int begin = slice * SLICE_SIZE, end = begin + SLICE_SIZE;
    return select_in_range(row, KeptWeight{no_cut()}, begin, end < row.vocabulary ? end : row.vocabulary, within, s);
}
