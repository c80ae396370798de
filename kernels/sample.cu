// A row of logits to a candidate token and how certain the model is of it: temperature, top p, top k, softmax, then the
// most likely token or a draw. The mask token is never the candidate, yet keeps its share of the probability. The
// vocabulary is not sorted and no probability is stored. Grid: candidates.
#include "layout.cuh"
#include "philox.cuh"
#include "sample_filter.cuh"
#include "step.cuh"

#define SAMPLE_THREADS 512

struct SampleParameters {
    int* drawn_tokens;                // [candidates]; -1: the position is not masked any more
    float* drawn_confidences;         // [candidates]
    u8* workspace;                    // [candidates, slices] of what is known of each slice of a row
    const float* logits;              // [logits rows, stride]
    const int* tokens;                // [pool positions]
    const StepCandidate* candidates;
    const StepGroup* groups;
    const StepHeader* header;
    int vocabulary;
    int stride;
    int mask_token;                   // or -1
    int slices;                       // of a row
};

// What a candidate's confidence is computed from; weights without the mask token's.
struct Sums {
    float unmasked, moment; // over the kept tokens
    float mask;             // weight, if it is kept
    float mask_exponent;
    DEVICE float total() const { return unmasked + mask; }
};

DEVICE float entropy_floor_of_mask(const Sums& sums) {
    return sums.mask > 0.f ? floor_share(sums.mask / sums.total()) : 0.f;
}

DEVICE float negative_entropy(const Sums& sums, float floor_shares) {
    float total = sums.total();
    float mean_exponent = (sums.moment + sums.mask * sums.mask_exponent) / total;
    return LN_2 * (mean_exponent - accurate_log2(total)) + floor_shares;
}

DEVICE float kept_weight(const Row& row, const Cut& cut, float value, int id) {
    return cut.keeps(value, id) ? row.weight(value) : 0.f;
}

DEVICE float margin(const Row& row, const Cut& cut, const Best& best, const Sums& sums) {
    float first = kept_weight(row, cut, best.value, best.id);
    float second = kept_weight(row, cut, best.second, best.second_id);
    return sums.mask > first ? sums.mask - first : first - max_float(second, sums.mask);
}

DEVICE Row row_of(const SampleParameters& p, const StepCandidate& candidate, const StepGroup& group) {
    float scale = group.temperature > 0.f ? LOG2_E / group.temperature : LOG2_E;
    bool has_mask = p.mask_token >= 0 && p.mask_token < p.vocabulary;
    return Row{p.logits + (u64)candidate.logits_row * p.stride, p.vocabulary, has_mask ? p.mask_token : -1,
               scale < LARGEST ? scale : LARGEST, 0.f};
}

extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS) sample(SampleParameters p) {
    __shared__ FilterScratch scratch;
    __shared__ Best bests[BLOCK_SCRATCH];
    int index = (int)blockIdx.x;
    if (index >= p.header->candidates) return;
    StepCandidate candidate = p.candidates[index];
    StepGroup group = p.groups[candidate.group];
    if (group.rule != RULE_ALL && p.tokens[candidate.pool] != p.mask_token) {
        if (threadIdx.x == 0) p.drawn_tokens[index] = -1;
        return;
    }

    Row row = row_of(p, candidate, group);
    Best best = row_best(row, bests);
    float mask_value = row.mask < 0 ? NO_VALUE : finite_logit(row.logits[row.mask]);
    row.maximum = max_float(best.value, mask_value);
    bool filtered = group.top_p < 1.f || (group.top_k > 0 && group.top_k < row.vocabulary);
    Cut cut = filtered ? filter_row(row, group.top_p, group.top_k, &scratch) : no_cut();

    Moments kept = row_moments(row, cut, scratch.select.sums);
    Sums sums = {kept.mass, kept.moment, kept_weight(row, cut, mask_value, row.mask), row.exponent(mask_value)};
    int token = best.id;
    if (group.temperature > 0.f) {
        float uniform = philox_uniform(group.seed_low, group.seed_high, (u32)candidate.position,
                                       (u32)group.random_step);
        int drawn = select_in_row(row, KeptWeight{cut}, uniform * sums.unmasked, &scratch.select);
        if (drawn >= 0) token = drawn;
    }

    float confidence;
    if (group.confidence == CONFIDENCE_MARGIN) {
        confidence = margin(row, cut, best, sums) / sums.total();
    } else if (group.confidence == CONFIDENCE_PROBABILITY) {
        confidence = kept_weight(row, cut, finite_logit(row.logits[token]), token) / sums.total();
    } else {
        float shares = row_floor_shares(row, cut, sums.total(), scratch.select.sums);
        confidence = negative_entropy(sums, shares + entropy_floor_of_mask(sums));
    }
    if (threadIdx.x == 0) p.drawn_tokens[index] = token;
    if (threadIdx.x == 0) p.drawn_confidences[index] = confidence;
}

PARAMETER_LAYOUT(sample, SampleParameters,
                 FIELD(drawn_tokens) FIELD(drawn_confidences) FIELD(workspace) FIELD(logits) FIELD(tokens)
                 FIELD(candidates) FIELD(groups) FIELD(header) FIELD(vocabulary) FIELD(stride) FIELD(mask_token)
                 FIELD(slices))
