// The embeddings of the rows' tokens become the residual stream. Grid: rows.
#include "quads.cuh"
#include "layout.cuh"
#include "step.cuh"

struct EmbeddingParameters {
    float* residual;          // [rows, width]
    const element* table;     // [vocabulary, width], columns from hidden on are zero
    const int* tokens;        // [pool positions]
    const StepRow* rows;
    const StepHeader* header;
    int hidden;
    int width;
};

extern "C" __global__ void embedding(EmbeddingParameters p) {
    int row = (int)blockIdx.x;
    if (row >= p.header->rows) return;
    const element* source = p.table + (u64)p.tokens[p.rows[row].pool] * p.width;
    float* target = p.residual + (u64)row * p.width;
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
                 FIELD(residual) FIELD(table) FIELD(tokens) FIELD(rows) FIELD(header) FIELD(hidden) FIELD(width))
