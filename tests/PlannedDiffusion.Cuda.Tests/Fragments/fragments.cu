// What the functions of ptx.cuh do, lane by lane: each kernel is one warp that writes all that its lanes hold. The
// results are compared with the tables of the instruction set, and kept as data where a real GPU ran them.
#include "base/types.cuh"

// Rows of a matrix in shared memory lie 48 bytes apart, so that neither row nor column is mistaken for an address.
#define ROW_STRIDE 24

struct MmaParameters {
    float* d;        // [32 lanes, 4]
    const u32* a;    // [32 lanes, 4]
    const u32* b;    // [32 lanes, 2]
    const float* c;  // [32 lanes, 4]
};

extern "C" __global__ void fragment_mma(MmaParameters p) {
    u32 lane = threadIdx.x;
    u32 a[4];
    float d[4];
#pragma unroll
    for (int i = 0; i < 4; i++) a[i] = p.a[4 * lane + i], d[i] = p.c[4 * lane + i];
    mma_m16n8k16(d, a, p.b[2 * lane], p.b[2 * lane + 1]);
#pragma unroll
    for (int i = 0; i < 4; i++) p.d[4 * lane + i] = d[i];
}

struct LdMatrixParameters {
    u32* plain;          // [32 lanes, 4]
    u32* transposed;     // [32 lanes, 4]
    const u16* matrices; // [4 matrices, 8 rows, 8]
};

extern "C" __global__ void fragment_ldmatrix(LdMatrixParameters p) {
    __shared__ __align__(16) u16 rows[32 * ROW_STRIDE];
    u32 lane = threadIdx.x;
    for (int i = 0; i < 8; i++) rows[lane * ROW_STRIDE + i] = p.matrices[lane * 8 + i];
    __syncwarp();
    u32 plain[4], transposed[4];
    ldmatrix_x4(plain, rows + lane * ROW_STRIDE);
    ldmatrix_x4_trans(transposed, rows + lane * ROW_STRIDE);
#pragma unroll
    for (int i = 0; i < 4; i++) p.plain[4 * lane + i] = plain[i], p.transposed[4 * lane + i] = transposed[i];
}

struct CopyParameters {
    u32* out;           // [3 rounds, 32 lanes, 4]
    const u32* source;  // [3 rounds, 32 lanes, 4]
};

// Three groups in flight; every third lane copies zeros. A lane reads what the other half of the warp copied.
extern "C" __global__ void fragment_cp_async(CopyParameters p) {
    __shared__ __align__(16) u32 words[3 * 32 * 4];
    u32 lane = threadIdx.x;
    for (u32 round = 0; round < 3; round++) {
        u32 at = (round * 32 + lane) * 4;
        cp_async_16(words + at, p.source + at, lane % 3 != round);
        cp_async_commit();
    }
    cp_async_wait<1>();
    __syncwarp();
    u32 other = lane ^ 16;
    for (u32 i = 0; i < 2 * 4; i++) {
        u32 at = (i / 4 * 32 + other) * 4 + i % 4;
        p.out[at] = words[at];
    }
    cp_async_wait<0>();
    __syncwarp();
    for (u32 i = 0; i < 4; i++) p.out[(64 + other) * 4 + i] = words[(64 + other) * 4 + i];
}

struct ScalarParameters {
    u32* out;        // [count, 6]: exp2, log2, rsqrt, rcp, max(x, y), pack(x, y)
    const float* x;  // [count]
    const float* y;  // [count]
    int count;
};

extern "C" __global__ void fragment_scalars(ScalarParameters p) {
    for (int i = (int)threadIdx.x; i < p.count; i += (int)blockDim.x) {
        float x = p.x[i], y = p.y[i];
        u32* out = p.out + 6 * i;
        out[0] = bits_of_float(exp2_approx(x));
        out[1] = bits_of_float(log2_approx(x));
        out[2] = bits_of_float(rsqrt_approx(x));
        out[3] = bits_of_float(rcp_approx(x));
        out[4] = bits_of_float(max_float(x, y));
        out[5] = pack_bf16x2(x, y);
    }
}
