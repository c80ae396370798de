// The product of cuBLAS in all its forms, against double sums.
#include <cmath>
#include <cstring>

#include "testing.h"

using namespace testing;

namespace {

constexpr int F32 = 0, BF16 = 14;

float rounded(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, 4);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
    std::memcpy(&value, &bits, 4);
    return value;
}

std::vector<char> stored(const std::vector<float>& values, int type) {
    std::vector<char> bytes(values.size() * (type == F32 ? 4 : 2));
    for (std::size_t i = 0; i < values.size(); i++) {
        if (type == F32) std::memcpy(&bytes[i * 4], &values[i], 4);
        else std::memcpy(&bytes[i * 2], (const char*)&values[i] + 2, 2);
    }
    return bytes;
}

float loaded(const std::vector<char>& bytes, std::size_t i, int type) {
    unsigned bits = 0;
    if (type == F32) std::memcpy(&bits, &bytes[i * 4], 4);
    else std::memcpy((char*)&bits + 2, &bytes[i * 2], 2);
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

// Columns are longer than the matrices by two elements, so that strides count.
void check_product(void* handle, int ta, int tb, int in_type, int out_type, float beta) {
    const int m = 33, n = 5, k = 47;
    int a_rows = ta ? k : m, b_rows = tb ? n : k, lda = a_rows + 2, ldb = b_rows + 2, ldc = m + 2;
    auto filled = [](int count, int step) {
        std::vector<float> values((std::size_t)count);
        for (int i = 0; i < count; i++) values[(std::size_t)i] = rounded((float)(i * step % 61 - 30) / 16.f);
        return values;
    };
    std::vector<float> a = filled(lda * (ta ? m : k), 7), b = filled(ldb * (tb ? k : n), 11), c = filled(ldc * n, 5);
    DeviceArray<char> da(stored(a, in_type)), db(stored(b, in_type)), dc(stored(c, out_type));
    const float alpha = 0.5f;
    CHECK_EQUAL(cublasGemmEx(handle, ta, tb, m, n, k, &alpha, da.address, in_type, lda, db.address, in_type, ldb, &beta,
                             dc.address, out_type, ldc, 68, -1), 0);
    std::vector<char> result = dc.read();
    for (int j = 0; j < n; j++)
        for (int i = 0; i < ldc; i++) {
            double sum = 0;
            for (int p = 0; p < k; p++)
                sum += (double)a[(std::size_t)(ta ? i % m * lda + p : p * lda + i % m)] *
                       b[(std::size_t)(tb ? p * ldb + j : j * ldb + p)];
            float before = c[(std::size_t)(j * ldc + i)];
            double expected = i < m ? alpha * sum + beta * before : before;
            double bound = out_type == F32 ? 1e-4 : std::abs(expected) / 200 + 1e-4;
            CHECK(std::abs(loaded(result, (std::size_t)(j * ldc + i), out_type) - expected) <= bound);
        }
}

}  // namespace

TEST(products_have_all_forms) {
    void* handle;
    CHECK_EQUAL(cublasCreate_v2(&handle), 0);
    for (int form = 0; form < 16; form++) {
        int in_type = form & 4 ? F32 : BF16, out_type = form & 8 ? F32 : BF16;
        check_product(handle, form & 1, form >> 1 & 1, in_type, out_type, form & 1 ? 0.25f : 0);
    }
    CHECK_EQUAL(cublasDestroy_v2(handle), 0);
    CHECK_EQUAL(cublasDestroy_v2(handle), 1);
}

TEST(products_can_be_captured) {
    void* handle;
    CUstream stream;
    CUgraph graph;
    CUgraphExec executable;
    const float one = 1, zero = 0;
    DeviceArray<float> a({2.f}), b({3.f}), c({-1.f});
    cublasCreate_v2(&handle);
    cuStreamCreate(&stream, 1);
    cublasSetStream_v2(handle, stream);
    CHECK_EQUAL(cuStreamBeginCapture_v2(stream, 1), 0);
    CHECK_EQUAL(cublasGemmEx(handle, 0, 0, 1, 1, 1, &one, a.address, F32, 1, b.address, F32, 1, &zero, c.address, F32,
                             1, 68, -1), 0);
    CHECK_EQUAL(cuStreamEndCapture(stream, &graph), 0);
    CHECK(c.read()[0] == -1.f);
    cuGraphInstantiateWithFlags(&executable, graph, 0);
    cuGraphLaunch(executable, stream);
    cuStreamSynchronize(stream);
    CHECK(c.read()[0] == 6.f);
    cuGraphDestroy(graph);
    cuGraphExecDestroy(executable);
    cublasDestroy_v2(handle);
    cuStreamDestroy_v2(stream);
}

TEST(cublas_is_of_the_compilers_toolkit) {
    int version = 0, major, minor;
    CHECK_EQUAL(cublasGetProperty(0, &version), 0);
    CHECK_EQUAL(nvrtcVersion(&major, &minor), 0);
    CHECK_EQUAL(version, major);
    CHECK_EQUAL(cublasGetProperty(3, &version), 7);
}
