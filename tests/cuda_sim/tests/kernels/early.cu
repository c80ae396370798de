// Kernels that may begin before the one before them has ended: out = in * weights. The first is right, the others do
// too early, or never, what must come behind the wait.
#include "base/types.cuh"

#define PRODUCT(name, before, behind)                                                \
    extern "C" __global__ void name(float* out, const float* in, const float* weights) { \
        int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);                        \
        float weight = weights[i];                                                   \
        before;                                                                      \
        behind;                                                                      \
    }

PRODUCT(waits, wait_for_dependencies(), out[i] = in[i] * weight)
PRODUCT(waits_twice, wait_for_dependencies(); wait_for_dependencies(), out[i] = in[i] * weight)
PRODUCT(reads_early, float value = in[i]; wait_for_dependencies(), out[i] = value * weight)
PRODUCT(writes_early, out[i] = weight; wait_for_dependencies(), out[i] = in[i] * weight)
PRODUCT(never_waits, out[i] = in[i] * weight, )
PRODUCT(leaves_early, if (i >= 40) return; wait_for_dependencies(), out[i] = in[i] * weight)

extern "C" __global__ void copies_early(float* out, const float* in, const float* weights) {
    __shared__ __align__(16) float values[32 * 4];
    int first = (int)blockIdx.x * 32, i = first + (int)threadIdx.x;
    if (threadIdx.x < 8) cp_async_16(&values[threadIdx.x * 4], in + first + threadIdx.x * 4, true);
    cp_async_commit();
    wait_for_dependencies();
    cp_async_wait<0>();
    __syncwarp();
    out[i] = values[threadIdx.x] * weights[i];
}
