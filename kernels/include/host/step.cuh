// What the host tells the kernels about one step. It copies these tables to fixed addresses before each launch of a
// graph, so the graph itself never changes. The C# mirror is Kernels/Launch/StepTables.cs; a test holds both together.
#pragma once
#include "base/types.cuh"

struct StepHeader {
    int rows;             // rows to compute; kernels are launched for a bucket that is at least as large
    int logits_rows;      // rows of logits
    int candidates;
    int groups;
    int attention_items;
    int reserved[3];
};

// One row. Positions count from the start of its sequence, pool indices from the start of the K/V pool.
struct StepRow {
    int pool;          // pool index of the row itself: where its token stands and its key and value go
    int sequence;      // pool index of position 0 of its sequence
    int position;
    int prefix_end;    // it sees the positions [0, prefix_end) and
    int block_start;   // [block_start, block_end), where block_end already says what a causal row may see
    int block_end;
    int first_item;    // the attention items that have this row: split 0 first
    int splits;        // how many
};

// Which tokens decide whether a row's key and value are written: those of its group, in pool indices. If none of them
// holds the mask when the step begins, what stands in the pool stays. Without tokens the row always writes.
struct StepGuard {
    int first, count;
};

// Rows that attend together, and a part of the keys that at least one of them sees. Grid: items x kv heads.
struct AttentionItem {
    int first_row;     // rows [first_row, first_row + rows), all of one sequence
    int rows;
    int begin0, end0;  // key positions [begin0, end0) and, behind them,
    int begin1, end1;  // [begin1, end1); either may be empty
    int split;         // its number among the items of these rows
    int splits;        // 1: it writes the output itself; else partials[item], for attention_combine
};

// A position that may be decided by this step.
struct StepCandidate {
    int pool;          // pool index of the position
    int logits_row;
    int position;      // for the random counter
    int group;
};

// Instead of a token, where the logits were broken: see UnmaskGroup.BrokenToken. Tokens are not negative otherwise.
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

// Candidates [first, first + count) that are ranked together, and how their tokens are drawn.
struct StepGroup {
    int first, count;
    int rule;
    int reveal;         // RULE_SCHEDULED: how many; RULE_CERTAIN, RULE_FACTOR: at least how many
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
