// Draws candidate tokens from rows of logits and computes the model's confidence in them: temperature, top p, top k,
// softmax, then the most likely token or a draw. The mask token is never the candidate, but it keeps its share of the
// probability. The vocabulary is not sorted, and no probability is stored.
//
// Usually a row is read once, by sample_slices, which has a block for each slice of a row. So a single row is fast,
// too. Then sample combines the slices. If the filters keep more values than the slices have listed, sample reads the
// row several times.
#include "host/layout.cuh"
#include "host/step.cuh"
#include "sample/combine.cuh"
#include "sample/list.cuh"
#include "sample/philox.cuh"

#define SAMPLE_THREADS 512

struct SampleParameters {
    int* drawn_tokens;                // [candidates]; -1: the position is no longer masked; or BROKEN_TOKEN
    float* drawn_confidences;         // [candidates]
    u8* workspace;                    // the memory of a SliceTable
    const float* logits;              // [logits rows, stride]
    const int* tokens;                // [pool positions]
    const StepCandidate* candidates;
    const StepGroup* groups;
    const StepHeader* header;
    int vocabulary;
    int stride;
    int mask_token;                   // or -1
    int slices;                       // slices of a row, at most 32
    int bucket;                       // candidates that the workspace has room for
};

// A candidate of the step, and its row of logits.
struct Drawing {
    StepCandidate candidate;
    StepGroup group;
    Row row;
    bool wanted;   // still masked, or the rule takes all
    bool filtered;
};

DEVICE Drawing drawing_of(const SampleParameters& p, int index) {
    Drawing d;
    d.candidate = p.candidates[index];
    d.group = p.groups[d.candidate.group];
    d.wanted = d.group.rule == RULE_ALL || p.tokens[d.candidate.pool] == p.mask_token;
    d.filtered = d.group.top_p < 1.f || (d.group.top_k > 0 && d.group.top_k < p.vocabulary);
    float scale = d.group.temperature > 0.f ? LOG2_E / d.group.temperature : LOG2_E;
    bool has_mask = p.mask_token >= 0 && p.mask_token < p.vocabulary;
    d.row = Row{p.logits + (u64)d.candidate.logits_row * p.stride, p.vocabulary, has_mask ? p.mask_token : -1, scale,
                0.f};
    return d;
}

// Grid: (slices, candidates).
extern "C" __global__ void __launch_bounds__(SLICE_THREADS, 3) sample_slices(SampleParameters p) {
    __shared__ SliceScratch scratch;
    launch_dependents();
    wait_for_dependencies();
    int index = (int)blockIdx.y, begin = (int)blockIdx.x * SLICE_SIZE;
    if (index >= p.header->candidates) return;
    Drawing d = drawing_of(p, index);
    if (!d.wanted) return;
    SliceValues values;
    load_slice(d.row, begin, values);

    Slice result = {};
    float largest = largest_but(values, begin, NO_ID);
    result.best = block_max(largest, scratch.sums);
    bool has_best = largest == result.best;
    result.best_id = block_min(has_best ? id_of_value(values, begin, result.best) : NO_ID, scratch.ids);
    Row slice = d.row;
    slice.maximum = result.best > NO_VALUE ? result.best : 0.f;
    bool moments = !d.filtered && d.group.confidence == CONFIDENCE_NEGATIVE_ENTROPY;
    if (moments) sum_moments(slice, values, &scratch, result);
    else result.mass = sum_weights(slice, values, &scratch);
    if (d.group.confidence == CONFIDENCE_CERTAINTY) {
        result.own_mass = slice.scale == LOG2_E ? result.mass : sum_weights(slice.own(), values, &scratch);
    }
    if (d.group.confidence == CONFIDENCE_MARGIN && !d.filtered) {
        float second = has_best ? largest_but(values, begin, result.best_id) : largest;
        result.second = block_max(second, scratch.sums);
    }
    if (d.filtered) {
        bool few = d.row.vocabulary - begin <= LIST_CAPACITY;
        result.bound = few ? NO_VALUE : bound_of_list(largest, scratch.sums);
        SliceTable table = {p.workspace, p.bucket, p.slices};
        write_list(values, begin, &scratch, table.list(index, (int)blockIdx.x), result);
    }
    if (threadIdx.x == 0) *SliceTable{p.workspace, p.bucket, p.slices}.slice(index, (int)blockIdx.x) = result;
}

// The sums from which a candidate's confidence is computed.
struct Sums {
    float unmasked, moment;    // over the kept tokens except the mask token
    float mask, mask_exponent; // the weight of the mask token, if it is kept
    float floor_shares;        // for the entropy
    DEVICE float total() const { return unmasked + mask; }
};

DEVICE float kept_weight(const Row& row, const Cut& cut, float value, int id) {
    return cut.keeps(value, id) ? row.weight(value) : 0.f;
}

DEVICE float confidence_of(const Drawing& d, const Cut& cut, const Best& best, const Sums& sums, int token) {
    const Row& row = d.row;
    float total = sums.total();
    if (d.group.confidence == CONFIDENCE_PROBABILITY) {
        return kept_weight(row, cut, ordered_logit(row.logits[token]), token) / total;
    }
    if (d.group.confidence == CONFIDENCE_MARGIN) {
        float first = kept_weight(row, cut, best.value, best.id);
        float second = kept_weight(row, cut, best.second, best.second_id);
        return (sums.mask > first ? sums.mask - first : first - max_float(second, sums.mask)) / total;
    }
    float mean_exponent = (sums.moment + sums.mask * sums.mask_exponent) / total;
    float mask_share = sums.mask > 0.f ? floor_share(sums.mask / total) : 0.f;
    return LN_2 * (mean_exponent - accurate_log2(total)) + sums.floor_shares + mask_share;
}

DEVICE float uniform_of(const Drawing& d) {
    return philox_uniform(d.group.seed_low, d.group.seed_high, (u32)d.candidate.position, (u32)d.group.random_step);
}

// The cases without filters. Each returns the drawn token, or -1 for the most likely one.
DEVICE int draw_whole(const Drawing& d, const Combined& all, Sums& sums, SelectScratch* s) {
    sums.unmasked = all.mass, sums.moment = all.moment;
    if (d.group.confidence == CONFIDENCE_NEGATIVE_ENTROPY) {
        sums.floor_shares = floor_shares_of_slices(all, sums.total());
    }
    return d.group.temperature > 0.f ? draw_from_slices(d.row, all, uniform_of(d) * sums.unmasked, s) : -1;
}

DEVICE int draw_listed(const Drawing& d, int kept, Best& best, Sums& sums, FilterScratch* s) {
    Best listed = best_of_keys(d.row, s->keys, kept);
    best.second = listed.second, best.second_id = listed.second_id;
    Moments moments = moments_of_keys(d.row, s->keys, kept, s->select.sums);
    sums.unmasked = moments.mass, sums.moment = moments.moment;
    if (d.group.confidence == CONFIDENCE_NEGATIVE_ENTROPY) {
        sums.floor_shares = floor_shares_of_keys(d.row, s->keys, kept, sums.total(), s->select.sums);
    }
    return d.group.temperature > 0.f ? draw_from_keys(d.row, s, kept, uniform_of(d) * sums.unmasked) : -1;
}

DEVICE int draw_by_passes(const Drawing& d, const Cut& cut, Sums& sums, FilterScratch* s) {
    Moments moments = row_moments(d.row, cut, s->select.sums);
    sums.unmasked = moments.mass, sums.moment = moments.moment;
    if (d.group.confidence == CONFIDENCE_NEGATIVE_ENTROPY) {
        sums.floor_shares = row_floor_shares(d.row, cut, sums.total(), s->select.sums);
    }
    if (d.group.temperature <= 0.f) return -1;
    return select_in_row(d.row, KeptWeight{cut}, uniform_of(d) * sums.unmasked, &s->select);
}

// Grid: candidates.
extern "C" __global__ void __launch_bounds__(SAMPLE_THREADS, 2) sample(SampleParameters p) {
    __shared__ FilterScratch scratch;
    __shared__ Best bests[BLOCK_SCRATCH];
    launch_dependents();
    wait_for_dependencies();
    int index = (int)blockIdx.x;
    if (index >= p.header->candidates) return;
    Drawing d = drawing_of(p, index);
    if (!d.wanted) {
        if (threadIdx.x == 0) p.drawn_tokens[index] = -1;
        return;
    }

    SliceTable table = {p.workspace, p.bucket, p.slices};
    float mask_value = d.row.mask < 0 ? NO_VALUE : ordered_logit(d.row.logits[d.row.mask]);
    Combined all = combine_slices(d.row, table, index, mask_value);
    if (is_broken(all.best.value, d.row.maximum)) {
        if (threadIdx.x == 0) p.drawn_tokens[index] = BROKEN_TOKEN;
        if (threadIdx.x == 0) p.drawn_confidences[index] = 0.f;
        return;
    }
    Sums sums = {};
    sums.mask_exponent = d.row.exponent(mask_value);
    sums.mask = d.row.weight(mask_value);
    Cut cut = no_cut();
    int token, kept;
    if (!d.filtered) {
        token = draw_whole(d, all, sums, &scratch.select);
    } else {
        float mass = all.mass + sums.mask, mass_limit = (d.group.top_p > 0.f ? d.group.top_p : 0.f) * mass;
        Filters filters = {d.group.top_p < 1.f ? mass_limit : -1.f, d.group.top_k < p.vocabulary ? d.group.top_k : 0};
        Bracket bracket = whole_row(d.row, mass);
        bool listed = cut_from_lists(d.row, table, index, all.slice.listed, all.bound, mask_value, filters, &scratch,
                                     bracket, cut, kept);
        if (!listed) {
            if (d.group.confidence == CONFIDENCE_MARGIN) all.best = row_best(d.row, bests);
            cut = filter_row(d.row, filters, bracket, &scratch);
        }
        sums.mask = kept_weight(d.row, cut, mask_value, d.row.mask);
        token = listed ? draw_listed(d, kept, all.best, sums, &scratch) : draw_by_passes(d, cut, sums, &scratch);
    }
    if (token < 0) token = all.best.id;
    float confidence = d.group.confidence == CONFIDENCE_CERTAINTY
                           ? own_probability(d.row, table, index, mask_value, token)
                           : confidence_of(d, cut, all.best, sums, token);
    if (threadIdx.x == 0) p.drawn_tokens[index] = token;
    if (threadIdx.x == 0) p.drawn_confidences[index] = confidence;
}

PARAMETER_LAYOUT(sample, SampleParameters,
                 FIELD(drawn_tokens) FIELD(drawn_confidences) FIELD(workspace) FIELD(logits) FIELD(tokens)
                 FIELD(candidates) FIELD(groups) FIELD(header) FIELD(vocabulary) FIELD(stride) FIELD(mask_token)
                 FIELD(slices) FIELD(bucket))
