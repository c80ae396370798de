// Everything of the dialect that kernels may use, each by itself; one warp.
#include "base/types.cuh"

extern "C" __global__ void shuffles(int* out, float* out_float) {
    int lane = threadIdx.x;
    out[lane] = __shfl_xor_sync(FULL_WARP, lane, 5);
    out[32 + lane] = __shfl_up_sync(FULL_WARP, lane, 3);
    out[64 + lane] = __shfl_down_sync(FULL_WARP, lane, 3);
    out[96 + lane] = __shfl_sync(FULL_WARP, lane, 9);
    out[128 + lane] = __shfl_up_sync(FULL_WARP, lane, 3, 8);
    out[160 + lane] = __shfl_down_sync(FULL_WARP, lane, 3, 8);
    out[192 + lane] = __shfl_sync(FULL_WARP, lane, 9, 8);
    out[224 + lane] = __shfl_xor_sync(FULL_WARP, lane, 4, 8);
    out[256 + lane] = (int)__shfl_xor_sync(FULL_WARP, (u32)lane, 16);
    out_float[lane] = __shfl_down_sync(FULL_WARP, lane + 0.5f, 1);
    out_float[32 + lane] = __shfl_xor_sync(FULL_WARP, lane + 0.5f, 1);
}

extern "C" __global__ void votes(u32* out) {
    int lane = threadIdx.x;
    u32 odd = __ballot_sync(FULL_WARP, lane & 1);
    int any = __any_sync(FULL_WARP, lane == 31);
    int none = __any_sync(FULL_WARP, lane == 32);
    int all = __all_sync(FULL_WARP, lane < 32);
    int not_all = __all_sync(FULL_WARP, lane != 7);
    u32 half = 0;
    if (lane < 16)
        half = __ballot_sync(0xffffu, lane & 1);
    if (lane == 0) {
        out[0] = odd, out[1] = any != 0, out[2] = none != 0, out[3] = all != 0, out[4] = not_all != 0, out[5] = half;
    }
}

extern "C" __global__ void atomics(int* signed_values, u32* unsigned_values, float* sum) {
    int lane = threadIdx.x;
    atomicAdd(signed_values, lane);
    atomicMax(signed_values + 1, lane);
    atomicMin(signed_values + 2, lane);
    atomicAdd(unsigned_values, 1u);
    atomicMax(unsigned_values + 1, (u32)lane);
    atomicMin(unsigned_values + 2, (u32)lane);
    atomicAdd(sum, 0.5f);
    if (lane == 0) {
        unsigned_values[3] = atomicCAS(unsigned_values + 4, 7u, 8u);
        unsigned_values[5] = atomicExch(unsigned_values + 6, 9u);
    }
    __threadfence();
}

extern "C" __global__ void scalars(int* out, float* out_float) {
    int i = 0;
    out[i++] = __popc(0xf0f0u);
    out[i++] = __clz(1);
    out[i++] = __clz(0);
    out[i++] = __ffs(8);
    out[i++] = (int)__umulhi(0x80000000u, 6u);
    out[i++] = min(-3, 2);
    out[i++] = (int)max(-3, 2u);
    out[i++] = (int)min(5ull, 4ull);
    out[i++] = __ldg(out);
    out[i++] = (int)pack_bf16x2(1.f, -2.f);
    out[i++] = (int)float_to_bf16(1.00390625f);
    i = 0;
    out_float[i++] = max(1.f, float_of_bits(0x7fc00000u));
    out_float[i++] = __fmaf_rn(2.f, 3.f, 4.f);
    out_float[i++] = exp2_approx(3.f);
    out_float[i++] = log2_approx(8.f);
    out_float[i++] = rsqrt_approx(4.f);
    out_float[i++] = rcp_approx(4.f);
    out_float[i++] = max_float(float_of_bits(0x7fc00000u), 3.f);
    out_float[i++] = exp2_approx(-140.f);
}

// d = a * b with both taken from shared memory as the engine's kernels do: a[16][16] and b[8][16], row by row.
extern "C" __global__ void product(float* d, const u16* a, const u16* b, const u16* b_trans) {
    __shared__ __align__(16) u16 tile[4][16 * 16];
    DYNAMIC_SHARED(dynamic);
    int lane = threadIdx.x;
    cp_async_16(&tile[0][lane * 8], a + lane * 8, true);
    cp_async_16(&tile[1][lane * 8], b + lane % 16 * 8, lane < 16);
    cp_async_commit();
    cp_async_16((u16*)dynamic + lane * 8, b_trans + lane % 16 * 8, lane < 16);
    cp_async_commit();
    cp_async_wait<0>();
    __syncwarp();
    u32 a_tiles[4], b_tiles[4], trans_tiles[4];
    ldmatrix_x4(a_tiles, &tile[0][(lane & 15) * 16 + (lane >> 4) * 8]);
    ldmatrix_x4(b_tiles, &tile[1][(lane & 7) * 16 + ((lane >> 3) & 1) * 8]);
    ldmatrix_x4_trans(trans_tiles, (u16*)dynamic + (lane & 15) * 8);
    float plain[4] = {0.f, 0.f, 0.f, 0.f}, trans[4] = {1.f, 1.f, 1.f, 1.f};
    mma_m16n8k16(plain, a_tiles, b_tiles[0], b_tiles[1]);
    mma_m16n8k16(trans, a_tiles, trans_tiles[0], trans_tiles[1]);
    for (int i = 0; i < 4; i++) {
        int at = (lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2;
        d[at] = plain[i];
        d[128 + at] = trans[i];
    }
}
