// Kernels that use the engine's own headers compile, load, run and compute what they should.
#include <cmath>

#include "testing.h"

using namespace testing;

namespace {

struct ScaleRowsParameters {
    CUdeviceptr out, in;
    unsigned char small;
    int columns;
    float epsilon;
};

int launch_packed(CUfunction function, unsigned blocks, unsigned threads, const void* bytes, std::size_t size) {
    void* extra[] = {(void*)1, const_cast<void*>(bytes), (void*)2, &size, nullptr};
    int result = cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, 0, nullptr, nullptr, extra);
    return result ? result : cuCtxSynchronize();
}

std::vector<float> row_values(int rows, int columns) {
    std::vector<float> values((std::size_t)(rows * columns));
    for (std::size_t i = 0; i < values.size(); i++) values[i] = (float)((int)(i * 7919 % 201) - 100) / 64.f;
    return values;
}

}  // namespace

TEST(rows_are_scaled) {
    Kernels kernels("rows.cu", {"-DELEMENT_F32", "--gpu-architecture=sm_90", "-std=c++17"});
    const int rows = 7, columns = 192;
    std::vector<float> in = row_values(rows, columns);
    DeviceArray<float> source(in), target(std::vector<float>(in.size(), -1.f));
    ScaleRowsParameters parameters = {target.address, source.address, 2, columns, 1e-6f};
    CHECK_EQUAL(launch_packed(kernels.function("scale_rows"), rows, 128, &parameters, sizeof parameters), 0);
    std::vector<float> out = target.read();
    for (int row = 0; row < rows; row++) {
        const float *from = &in[(std::size_t)(row * columns)], *to = &out[(std::size_t)(row * columns)];
        double sum = 0;
        for (int i = 0; i < columns; i++) sum += (double)from[i] * from[i];
        double scale = 2 / std::sqrt(sum / columns + 1e-6);
        for (int i = 0; i < columns; i++) CHECK(std::abs(to[i] - from[i] * scale) <= 1e-5);
    }
}

TEST(layout_kernels_are_found_behind_macros) {
    Kernels kernels("rows.cu");
    DeviceArray<unsigned> layout(std::vector<unsigned>(6, 99));
    CHECK_EQUAL(launch(kernels.function("scale_rows_layout"), 1, 1, 0, layout.address), 0);
    std::vector<unsigned> values = layout.read();
    const unsigned expected[] = {sizeof(ScaleRowsParameters), 0, 8, 16, 20, 24};
    for (int i = 0; i < 6; i++) CHECK_EQUAL(values[(std::size_t)i], expected[i]);
}

TEST(launch_bounds_hold) {
    Kernels kernels("rows.cu");
    ScaleRowsParameters parameters = {};
    CUfunction function = kernels.function("scale_rows");
    CHECK_EQUAL(launch_packed(function, 1, 256, &parameters, sizeof parameters), 701);
    int threads;
    CHECK_EQUAL(cuFuncGetAttribute(&threads, 0, function), 0);
    CHECK_EQUAL(threads, 128);
}

TEST(compilation_errors_come_with_a_log) {
    nvrtcProgram program;
    const char* source = "extern \"C\" __global__ void broken(int* p) {\n    *p = nothing;\n}\n";
    nvrtcCreateProgram(&program, source, "broken.cu", 0, nullptr, nullptr);
    CHECK_EQUAL(nvrtcCompileProgram(program, 0, nullptr), 6);
    std::size_t size;
    nvrtcGetProgramLogSize(program, &size);
    std::vector<char> log(size);
    nvrtcGetProgramLog(program, log.data());
    CHECK_CONTAINS(log.data(), "broken.cu:2");
    CHECK_CONTAINS(log.data(), "nothing");
    nvrtcDestroyProgram(&program);
}
