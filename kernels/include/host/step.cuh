// The tables that the host writes for a step. It copies them to fixed addresses before each launch of a graph, so the
// graph never changes. The C# mirror is Kernels/Launch/StepTables.cs, and a test compares both.
#pragma once
#include "base/types.cuh"

struct StepHeader {
    int rows;             // rows to compute; the bucket of the launch is at least as large
    int logits_rows;      // rows of logits
    int candidates;
    int groups;
    int attention_items;
    int reserved[3];
};

// One row. Positions are relative to its sequence, pool indices to the K/V pool.
struct StepRow {
    int pool;          // pool index of the row: of its token, key and value
    int sequence;      // pool index of position 0 of its sequence
    int position;
    int prefix_end;    // the row sees the positions [0, prefix_end) and
    int block_start;   // [block_start, block_end); for a causal row block_end is cut at the row
    int block_end;
    int first_item;    // the first attention item with this row, which is split 0
    int splits;        // the number of its items
};

// The guard of a row: the tokens of its group, by pool index. The row writes its key and value only if one of them is
// the mask when the step begins. A row whose guard has no tokens always writes.
struct StepGuard {
    int first, count;
};

// Rows that attend together, and a part of the keys that they see.
struct AttentionItem {
    int first_row;     // rows [first_row, first_row + rows), all of one sequence
    int rows;
    int begin0, end0;  // key positions [begin0, end0), followed by
    int begin1, end1;  // [begin1, end1); either may be empty
    int split;         // the number of this item among the items of these rows
    int splits;        // 1: the item writes the output; else partial results for attention_combine
};

// A position that this step may decide.
struct StepCandidate {
    int pool;          // pool index of the position
    int logits_row;
    int position;      // for the random number
    int group;
};

// The token of a position with broken logits; see UnmaskGroup.BrokenToken. No other token is negative.
#define BROKEN_TOKEN (-2)

#define RULE_ALL 0
#define RULE_SCHEDULED 1
#define RULE_THRESHOLD 2
#define RULE_CERTAIN 3
#define RULE_FACTOR 4

#define CONFIDENCE_PROBABILITY 0
#define CONFIDENCE_MARGIN 1
#define CONFIDENCE_NEGATIVE_ENTROPY 2
#define CONFIDENCE_CERTAINTY 3

// Candidates [first, first + count) that are ranked together, and the sampling of their tokens.
struct StepGroup {
    int first, count;
    int rule;
    int reveal;         // tokens to reveal: exactly for RULE_SCHEDULED, at least for RULE_CERTAIN, RULE_FACTOR
    int steps_left;     // RULE_THRESHOLD
    float threshold;    // RULE_THRESHOLD, RULE_CERTAIN; RULE_FACTOR: the factor
    int counter;        // RULE_THRESHOLD, RULE_CERTAIN, RULE_FACTOR: index of the group's counters; else -1
    int reset_carry;    // RULE_THRESHOLD: the carry starts at zero
    int confidence;
    int random_step;
    float temperature;  // 0: the most likely token
    float top_p;        // 1 or more: off
    int top_k;          // 0: off
    u32 seed_low, seed_high;
    int reserved;
};
