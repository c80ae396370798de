// Writes the embeddings of the rows' tokens into the residual stream. Decides also whether each row writes its key and
// value, before this step changes any token. Grid: rows.
#include "base/quads.cuh"
#include "host/layout.cuh"
#include "host/step.cuh"

struct EmbeddingParameters {
    float* residual;          // [rows, width]
    const element* table;     // [vocabulary, width], columns from hidden on are zero
    const int* tokens;        // [pool positions]
    const StepRow* rows;
    const StepHeader* header;
    const StepGuard* guards;  // [rows], or null: all rows write
    int* writes;              // [rows]: 1 or 0; not touched without guards
    int hidden;
    int width;
    int mask_token;           // or -1
};

DEVICE void decide_writes(const EmbeddingParameters& p, int row) {
    StepGuard guard = p.guards[row];
    bool writes = guard.count == 0;
    for (int i = (int)threadIdx.x; i < guard.count; i += WARP_SIZE) {
        if (p.tokens[guard.first + i] == p.mask_token) writes = true;
    }
    unsigned any = __ballot_sync(FULL_WARP, writes);
    if (threadIdx.x == 0) p.writes[row] = any != 0;
}

extern "C" __global__ void embedding(EmbeddingParameters p) {
    launch_dependents();
    wait_for_dependencies();
    int row = (int)blockIdx.x;
    if (row >= p.header->rows) return;
    int token = p.tokens[p.rows[row].pool];
    const element* source = p.table + (u64)(token > 0 ? token : 0) * p.width; // any row for a broken position
    float* target = p.residual + (u64)row * p.width;
    if (p.guards && threadIdx.x < WARP_SIZE) decide_writes(p, row);
    for (int column = (int)threadIdx.x * ELEMENTS_PER_VECTOR; column < p.width;
         column += (int)blockDim.x * ELEMENTS_PER_VECTOR) {
        float values[ELEMENTS_PER_VECTOR];
        load_vector(source + column, values);
#pragma unroll
        for (int i = 0; i < ELEMENTS_PER_VECTOR; i += QUAD) {
            float quad[QUAD];
#pragma unroll
            for (int k = 0; k < QUAD; k++) quad[k] = column + i + k < p.hidden ? values[i + k] : 0.f;
            store_quad(target + column + i, quad);
        }
    }
}

PARAMETER_LAYOUT(embedding, EmbeddingParameters,
                 FIELD(residual) FIELD(table) FIELD(tokens) FIELD(rows) FIELD(header) FIELD(guards)
                 FIELD(writes) FIELD(hidden) FIELD(width) FIELD(mask_token))
