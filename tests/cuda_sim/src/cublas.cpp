// The functions of cuBLAS that the runner calls. Matrices are column-major, as in cuBLAS.
#include <cstdint>
#include <cstring>
#include <vector>

#include "device.h"
#include "entry.h"
#include "handles.h"
#include "memory.h"
#include "stream.h"

namespace cuda_sim {

struct BlasHandle {
    Stream* stream;
};

}  // namespace cuda_sim

using namespace cuda_sim;

namespace {

enum BlasStatus : int {
    BLAS_SUCCESS = 0,
    BLAS_NOT_INITIALIZED = 1,
    BLAS_INVALID_VALUE = 7,
    BLAS_EXECUTION_FAILED = 13,
    BLAS_NOT_SUPPORTED = 15,
};

// The reason why no call can work now, as a cuBLAS status, or 0.
int blas_refusal() {
    if (context_error()) return BLAS_NOT_INITIALIZED;
    return sticky_error() ? BLAS_EXECUTION_FAILED : BLAS_SUCCESS;
}

constexpr int TYPE_F32 = 0, TYPE_BF16 = 14;  // cudaDataType
constexpr int TRANSPOSED = 1;                // cublasOperation_t

struct Matrix {
    DevicePointer address;
    int type;
    long rows, columns, stride;  // as stored
    std::size_t element() const { return type == TYPE_BF16 ? 2 : 4; }
    bool is_valid() const {
        if ((type != TYPE_F32 && type != TYPE_BF16) || stride < rows || rows < 1) return false;
        std::size_t count = (std::size_t)((columns - 1) * stride + rows);
        return is_device_range(address, count * element());
    }
};

struct Gemm {
    long m, n, k;
    bool transpose_a, transpose_b;
    float alpha, beta;
    Matrix a, b, c;
};

float from_bf16(std::uint16_t bits) {
    std::uint32_t wide = (std::uint32_t)bits << 16;
    float value;
    std::memcpy(&value, &wide, 4);
    return value;
}

std::uint16_t to_bf16(float value) {
    std::uint32_t bits;
    std::memcpy(&bits, &value, 4);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
    return (std::uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

float element_of(const Matrix& matrix, long index) {
    return matrix.type == TYPE_BF16 ? from_bf16(((const std::uint16_t*)matrix.address)[index])
                                    : ((const float*)matrix.address)[index];
}

void store(const Matrix& matrix, long index, float value) {
    if (matrix.type == TYPE_BF16) ((std::uint16_t*)matrix.address)[index] = to_bf16(value);
    else ((float*)matrix.address)[index] = value;
}

// Lanes of a vector sum. The order of summation does not depend on the shape of the product.
constexpr long LANES = 16;

// op(A) by rows (or op(B) by columns) as f32, each padded with zeros to whole vectors.
std::vector<float> unpack(const Matrix& matrix, long count, long k, bool k_is_contiguous) {
    long padded = (k + LANES - 1) / LANES * LANES;
    std::vector<float> values((std::size_t)(count * padded), 0.f);
    for (long i = 0; i < count; i++)
        for (long p = 0; p < k; p++)
            values[(std::size_t)(i * padded + p)] =
                element_of(matrix, k_is_contiguous ? i * matrix.stride + p : p * matrix.stride + i);
    return values;
}

__attribute__((target_clones("avx2", "default"))) float dot(const float* a, const float* b, long count) {
    float sums[LANES] = {};
    for (long p = 0; p < count; p += LANES)
        for (long lane = 0; lane < LANES; lane++) sums[lane] += a[p + lane] * b[p + lane];
    for (long width = LANES / 2; width; width /= 2)
        for (long lane = 0; lane < width; lane++) sums[lane] += sums[lane + width];
    return sums[0];
}

void multiply(const Gemm& gemm) {
    long padded = (gemm.k + LANES - 1) / LANES * LANES;
    std::vector<float> a = unpack(gemm.a, gemm.m, gemm.k, gemm.transpose_a);
    std::vector<float> b = unpack(gemm.b, gemm.n, gemm.k, !gemm.transpose_b);
    // A stripe of A stays in the cache while it is multiplied by all columns of B.
    constexpr long STRIPE = 16;
    for (long first = 0; first < gemm.m; first += STRIPE)
        for (long j = 0; j < gemm.n; j++)
            for (long i = first; i < gemm.m && i < first + STRIPE; i++) {
                float sum = gemm.alpha * dot(&a[(std::size_t)(i * padded)], &b[(std::size_t)(j * padded)], padded);
                long at = j * gemm.c.stride + i;
                store(gemm.c, at, gemm.beta == 0 ? sum : sum + gemm.beta * element_of(gemm.c, at));
            }
}

}  // namespace

CUDA_API int cublasCreate_v2(BlasHandle** handle) {
    ENTER(NEEDS_NOTHING);
    if (int refused = blas_refusal()) return refused;
    *handle = Handles<BlasHandle>::all().create(nullptr);
    return BLAS_SUCCESS;
}

CUDA_API int cublasDestroy_v2(BlasHandle* handle) {
    ENTER_RELEASE(NEEDS_NOTHING);
    if (context_error()) return BLAS_NOT_INITIALIZED;
    if (!Handles<BlasHandle>::all().contains(handle)) return BLAS_NOT_INITIALIZED;
    Handles<BlasHandle>::all().destroy(handle);
    return entry.failure();
}

CUDA_API int cublasSetStream_v2(BlasHandle* handle, Stream* stream) {
    ENTER(NEEDS_NOTHING);
    if (int refused = blas_refusal()) return refused;
    if (!Handles<BlasHandle>::all().contains(handle)) return BLAS_NOT_INITIALIZED;
    if (!stream_of(stream)) return BLAS_INVALID_VALUE;
    handle->stream = stream;
    return BLAS_SUCCESS;
}

CUDA_API int cublasSetWorkspace_v2(BlasHandle* handle, DevicePointer workspace, std::size_t bytes) {
    ENTER(NEEDS_NOTHING);
    if (int refused = blas_refusal()) return refused;
    if (!Handles<BlasHandle>::all().contains(handle)) return BLAS_NOT_INITIALIZED;
    if (workspace % 256 || (bytes && !is_device_range(workspace, bytes))) return BLAS_INVALID_VALUE;
    return BLAS_SUCCESS;
}

// The version of the compiler's toolkit.
CUDA_API int cublasGetProperty(int property, int* value) {
    ENTER(NEEDS_NOTHING);
    if (property < 0 || property > 2 || !value) return BLAS_INVALID_VALUE;
    *value = property == 0 ? TOOLKIT_MAJOR : 0;
    return BLAS_SUCCESS;
}

CUDA_API int cublasSetMathMode(BlasHandle* handle, int) {
    ENTER(NEEDS_NOTHING);
    if (int refused = blas_refusal()) return refused;
    return Handles<BlasHandle>::all().contains(handle) ? BLAS_SUCCESS : BLAS_NOT_INITIALIZED;
}

CUDA_API int cublasGemmEx(BlasHandle* handle, int transpose_a, int transpose_b, int m, int n, int k, const float* alpha,
                          DevicePointer a, int type_a, int stride_a, DevicePointer b, int type_b, int stride_b,
                          const float* beta, DevicePointer c, int type_c, int stride_c, int, int) {
    ENTER(NEEDS_NOTHING);
    if (int refused = blas_refusal()) return refused;
    if (!Handles<BlasHandle>::all().contains(handle)) return BLAS_NOT_INITIALIZED;
    if (m < 0 || n < 0 || k < 0) return BLAS_INVALID_VALUE;
    if (!m || !n) return BLAS_SUCCESS;
    bool ta = transpose_a == TRANSPOSED, tb = transpose_b == TRANSPOSED;
    Gemm gemm = {m, n, k, ta, tb, *alpha, *beta,
                 {a, type_a, ta ? k : m, ta ? m : k, stride_a},
                 {b, type_b, tb ? n : k, tb ? k : n, stride_b},
                 {c, type_c, m, n, stride_c}};
    if (type_a != type_b) return BLAS_NOT_SUPPORTED;
    if (!gemm.a.is_valid() || !gemm.b.is_valid() || !gemm.c.is_valid()) return BLAS_INVALID_VALUE;
    Stream* stream = stream_of(handle->stream);
    if (!stream) return BLAS_INVALID_VALUE;
    return enqueue(stream, [gemm] { multiply(gemm); }) ? BLAS_EXECUTION_FAILED : BLAS_SUCCESS;
}

CUDA_API const char* cublasGetStatusString(int status) {
    switch (status) {
        case BLAS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
        case BLAS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
        case 3: return "CUBLAS_STATUS_ALLOC_FAILED";
        case BLAS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
        case 8: return "CUBLAS_STATUS_ARCH_MISMATCH";
        case 11: return "CUBLAS_STATUS_MAPPING_ERROR";
        case BLAS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
        case 14: return "CUBLAS_STATUS_INTERNAL_ERROR";
        case BLAS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
        default: return "CUBLAS_STATUS unknown";
    }
}
