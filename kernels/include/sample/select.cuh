// Finds the first token, by id, at which the running weight exceeds a target. It serves draws and ties at a cut.
#pragma once
#include "sample/row.cuh"

struct KeptWeight {
    Cut cut;
    DEVICE float operator()(const Row& row, float value, int id) const {
        return cut.keeps(value, id) ? row.weight(value) : 0.f;
    }
};

struct TieCount {
    float tied;
    DEVICE float operator()(const Row&, float value, int) const { return value == tied ? 1.f : 0.f; }
};

struct SelectScratch {
    float sums[BLOCK_SCRATCH];
    int threads[BLOCK_SCRATCH];
    int found;
};

// One thread sums the weight of [begin, end), where begin is a multiple of 4. It also finds the id at which the running
// weight exceeds the target, or else the last id with weight.
template <class Weigh>
DEVICE float walk(const Row& row, const Weigh& weigh, int begin, int end, float target, int& found) {
    float running = 0;
    bool passed = false;
    for (int id = begin; id < end && !passed; id += QUAD) {
        float values[QUAD];
        load_logits(row, id, values);
#pragma unroll
        for (int k = 0; k < QUAD; k++) {
            float weight = passed ? 0.f : weigh(row, values[k], id + k);
            if (weight > 0.f) found = id + k;
            running += weight;
            passed = passed || running > target;
        }
    }
    return running;
}

// The same for a block, in which every thread has a part of [begin, end). -1 if nothing there has weight.
template <class Weigh>
DEVICE int select_in_range(const Row& row, const Weigh& weigh, int begin, int end, float target, SelectScratch* s) {
    const float everything = float_of_bits(0x7f800000u);
    int quads = (end - begin + QUAD - 1) / QUAD;
    int part = (quads + (int)blockDim.x - 1) / (int)blockDim.x * QUAD;
    int first = begin + (int)threadIdx.x * part, last = first + part < end ? first + part : end;
    int found = -1;
    float mine = walk(row, weigh, first, last, everything, found), total;
    float before = block_running_sum(mine, s->sums, total);

    // By rounding, the target may be beyond the total. Then the last thread with weight is chosen.
    int thread = (int)threadIdx.x;
    int past = block_min(before + mine > target && mine > 0.f ? thread : NO_ID, s->threads);
    int latest = -block_min(mine > 0.f ? -thread : 1, s->threads);
    if (thread == (past == NO_ID ? latest : past)) {
        if (past != NO_ID) walk(row, weigh, first, last, target - before, found);
        s->found = found;
    }
    if (latest < 0 && thread == 0) s->found = -1;
    __syncthreads();
    found = s->found;
    __syncthreads();
    return found;
}

// The same for the whole row: first it finds the warp's part with the target, then the token in it.
template <class Weigh>
DEVICE int select_in_row(const Row& row, const Weigh& weigh, float target, SelectScratch* s) {
    int lines = (row.vocabulary + QUAD * WARP_SIZE - 1) / (QUAD * WARP_SIZE);
    int part = (lines + (int)warp_count() - 1) / (int)warp_count() * (QUAD * WARP_SIZE);
    int begin = (int)warp_index() * part;
    int end = begin + part < row.vocabulary ? begin + part : row.vocabulary;
    float sum = 0;
    for (int id = begin + (int)lane_index() * QUAD; id < end; id += QUAD * WARP_SIZE) {
        float values[QUAD];
        load_logits(row, id, values);
#pragma unroll
        for (int k = 0; k < QUAD; k++) sum += weigh(row, values[k], id + k);
    }
    sum = warp_sum(sum);
    if (lane_index() == 0) s->sums[warp_index()] = sum;
    __syncthreads();
    int chosen = -1;
    float before = 0, within = 0;
    for (int warp = 0; warp < (int)warp_count(); warp++) {
        float weight = s->sums[warp];
        if (weight <= 0.f) continue;
        chosen = warp, within = target - before, before += weight;
        if (before > target) break;
    }
    __syncthreads();
    if (chosen < 0) return -1;
    begin = chosen * part;
    end = begin + part < row.vocabulary ? begin + part : row.vocabulary;
    return select_in_range(row, weigh, begin, end, within, s);
}
