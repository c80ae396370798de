// Ranks the candidates of each group and reveals tokens by the group's rule. It writes tokens and confidences in place
// and counts the remaining masks for rules whose host cannot know them. Positions with broken logits are marked and are
// no candidates. A rank is counted, not sorted. Grid: groups, or fewer blocks, which loop.
#include "base/reduce.cuh"
#include "host/layout.cuh"
#include "host/step.cuh"

#define UNMASK_THREADS 512

struct UnmaskParameters {
    int* tokens;                    // [pool positions]
    float* confidences;             // [pool positions]
    int* masks_left;                // [counters]
    int* carry;                     // [counters]: rejected candidates of threshold groups, kept between steps
    const int* drawn_tokens;        // [candidates]; negative: no candidate, or broken logits
    const float* drawn_confidences; // [candidates]
    const StepCandidate* candidates;
    const StepGroup* groups;
    const StepHeader* header;
};

// A candidate in the order of ranks: falling confidence, NaN last, then rising position. Position -1: no candidate.
struct Ranked {
    float confidence;
    int position;

    DEVICE bool precedes(const Ranked& other) const {
        return confidence > other.confidence || (confidence == other.confidence && position < other.position);
    }
};

DEVICE Ranked ranked(const UnmaskParameters& p, int candidate) {
    float confidence = p.drawn_confidences[candidate];
    bool number = confidence == confidence;
    return Ranked{number ? confidence : float_of_bits(0xff800000u),
                  p.drawn_tokens[candidate] >= 0 ? p.candidates[candidate].position : -1};
}

// The least number of the `masked` candidates to reveal, of which `sure` reach the threshold.
DEVICE int count_to_reveal(const StepGroup& group, int masked, int sure, int& carry) {
    if (group.rule == RULE_ALL) return masked;
    int least = group.reveal < masked ? (group.reveal > 0 ? group.reveal : 0) : masked;
    if (group.rule == RULE_SCHEDULED || group.rule == RULE_FACTOR) return least;
    if (group.rule == RULE_CERTAIN) return sure > least ? sure : least;
    int quota = group.steps_left > 0 ? masked / group.steps_left : 1;
    // The clamp is needed because rejected candidates count in the remaining masks and in the carry.
    int considered = (quota > 1 ? quota : 1) + carry;
    if (considered > masked) considered = masked;
    if (sure < 1) sure = 1; // always the most confident one
    int revealed = sure < considered ? sure : considered;
    carry = considered - revealed;
    return revealed;
}

// Counts the group's candidates and those that reach its threshold.
DEVICE void count_candidates(const UnmaskParameters& p, const StepGroup& group, int* scratch, int& masked, int& sure) {
    masked = sure = 0;
    for (int i = (int)threadIdx.x; i < group.count; i += UNMASK_THREADS) {
        bool candidate = p.drawn_tokens[group.first + i] >= 0;
        masked += candidate;
        sure += candidate && p.drawn_confidences[group.first + i] >= group.threshold;
    }
    masked = block_sum(masked, scratch);
    sure = block_sum(sure, scratch);
}

// True if all candidates up to this rank are certain enough to be revealed together.
DEVICE bool within_factor(const StepGroup& group, const Ranked& candidate, int rank) {
    return group.rule == RULE_FACTOR && (float)(rank + 2) * (1.f - candidate.confidence) < group.threshold;
}

// Returns the number of tokens that this thread has revealed.
DEVICE int reveal_group(const UnmaskParameters& p, const StepGroup& group, int to_reveal, Ranked* others) {
    int revealed = 0;
    for (int start = 0; start < group.count; start += UNMASK_THREADS) {
        int i = start + (int)threadIdx.x, candidate = group.first + i;
        Ranked mine = i < group.count ? ranked(p, candidate) : Ranked{0.f, -1};
        int rank = 0;
        for (int tile = 0; tile < group.count; tile += UNMASK_THREADS) {
            int count = group.count - tile < UNMASK_THREADS ? group.count - tile : UNMASK_THREADS;
            __syncthreads();
            if ((int)threadIdx.x < count) others[threadIdx.x] = ranked(p, group.first + tile + (int)threadIdx.x);
            __syncthreads();
            for (int k = 0; k < count; k++) rank += others[k].position >= 0 && others[k].precedes(mine);
        }
        if (mine.position < 0) {
            bool broken = i < group.count && p.drawn_tokens[candidate] == BROKEN_TOKEN;
            if (broken) p.tokens[p.candidates[candidate].pool] = BROKEN_TOKEN;
            continue;
        }
        int pool = p.candidates[candidate].pool;
        p.confidences[pool] = p.drawn_confidences[candidate];
        if (rank < to_reveal || within_factor(group, mine, rank)) {
            p.tokens[pool] = p.drawn_tokens[candidate];
            revealed++;
        }
    }
    return revealed;
}

extern "C" __global__ void __launch_bounds__(UNMASK_THREADS) unmask(UnmaskParameters p) {
    __shared__ Ranked others[UNMASK_THREADS];
    __shared__ int scratch[BLOCK_SCRATCH];
    launch_dependents();
    wait_for_dependencies();
    for (int index = (int)blockIdx.x; index < p.header->groups; index += (int)gridDim.x) {
        StepGroup group = p.groups[index];
        int masked, sure;
        count_candidates(p, group, scratch, masked, sure);
        bool carries = group.rule == RULE_THRESHOLD && masked > 0;
        int carry = carries && !group.reset_carry ? p.carry[group.counter] : 0;
        int to_reveal = masked > 0 ? count_to_reveal(group, masked, sure, carry) : 0;
        int revealed = block_sum(reveal_group(p, group, to_reveal, others), scratch);
        if (threadIdx.x == 0 && carries) p.carry[group.counter] = carry;
        if (threadIdx.x == 0 && group.counter >= 0) p.masks_left[group.counter] = masked - revealed;
    }
}

PARAMETER_LAYOUT(unmask, UnmaskParameters,
                 FIELD(tokens) FIELD(confidences) FIELD(masks_left) FIELD(carry) FIELD(drawn_tokens)
                 FIELD(drawn_confidences) FIELD(candidates) FIELD(groups) FIELD(header))
