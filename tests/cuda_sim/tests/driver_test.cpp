// The driver's errors: mistakes of a host, and the error of a failed kernel.
#include <climits>

#include "testing.h"

using namespace testing;

static int launch_layout(CUfunction function, unsigned threads, unsigned shared, CUdeviceptr out) {
    void* arguments[] = {&out};
    return cuLaunchKernel(function, 1, 1, 1, threads, 1, 1, shared, nullptr, arguments, nullptr);
}

TEST(launches_have_limits) {
    Kernels kernels("rows.cu");
    CUfunction function = kernels.function("scale_rows_layout");
    DeviceArray<int> out(std::vector<int>(6));
    CHECK_EQUAL(launch_layout(function, 1024, 0, out.address), 0);
    CHECK_EQUAL(launch_layout(function, 1025, 0, out.address), 1);
    CHECK_EQUAL(launch_layout(function, 0, 0, out.address), 1);
    CHECK_EQUAL(launch_layout(function, 1, 48 << 10, out.address), 0);
    CHECK_EQUAL(launch_layout(function, 1, (48 << 10) + 1, out.address), 1);
    CHECK_EQUAL(cuFuncSetAttribute(function, 8, 232448), 0);
    CHECK_EQUAL(launch_layout(function, 1, 232448, out.address), 0);
    CHECK_EQUAL(launch_layout(function, 1, 232449, out.address), 1);
    CHECK_EQUAL(cuFuncSetAttribute(function, 8, 232449), 1);
    void* arguments[] = {&out.address};
    CHECK_EQUAL(cuLaunchKernel(function, 1, 65536, 1, 1, 1, 1, 0, nullptr, arguments, nullptr), 1);
    CHECK_EQUAL(cuLaunchKernel(function, 0, 1, 1, 1, 1, 1, 0, nullptr, arguments, nullptr), 1);
}

TEST(packed_arguments_must_have_the_right_size) {
    Kernels kernels("rows.cu");
    CUfunction function = kernels.function("scale_rows_layout");
    DeviceArray<int> out(std::vector<int>(6));
    for (std::size_t size : {4, 8, 16}) {
        void* extra[] = {(void*)1, &out.address, (void*)2, &size, nullptr};
        int result = cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, extra);
        CHECK_EQUAL(result, size == 8 ? 0 : 1);
    }
}

TEST(handles_are_checked) {
    CUfunction function;
    CUstream stream;
    int other = 0;
    CHECK_EQUAL(launch_layout(&other, 1, 0, 0), 400);
    CHECK_EQUAL(cuStreamSynchronize(&other), 400);
    CHECK_EQUAL(cuEventSynchronize(&other), 400);
    CHECK_EQUAL(cuModuleGetFunction(&function, &other, "name"), 400);
    CHECK_EQUAL(cuGraphLaunch(&other, nullptr), 1);
    cuStreamCreate(&stream, 1);
    CHECK_EQUAL(cuStreamDestroy_v2(stream), 0);
    CHECK_EQUAL(cuStreamDestroy_v2(stream), 400);
    CHECK_EQUAL(cuStreamQuery(stream), 400);
}

TEST(unknown_kernels_are_not_found) {
    CUmodule module;
    CUfunction function;
    std::string log;
    std::vector<char> image = compile(TEST_KERNELS "/rows.cu", {"-DELEMENT_F32"}, log);
    CHECK_EQUAL(cuModuleLoadDataEx(&module, image.data(), 0, nullptr, nullptr), 0);
    CHECK_EQUAL(cuModuleGetFunction(&function, module, "no_such_kernel"), 500);
    CHECK_EQUAL(cuModuleGetFunction(&function, module, "scale_rows"), 0);
    CHECK_EQUAL(cuModuleUnload(module), 0);
    CHECK_EQUAL(launch_layout(function, 1, 0, 0), 400);
    image[0] = 'X';
    CHECK_EQUAL(cuModuleLoadDataEx(&module, image.data(), 0, nullptr, nullptr), 200);
    image[0] = 'C', image[8] ^= 1;
    CHECK_EQUAL(cuModuleLoadDataEx(&module, image.data(), 0, nullptr, nullptr), 209);
}

TEST(copies_stay_within_one_allocation) {
    char host[64] = {};
    CUdeviceptr memory;
    CHECK_EQUAL(cuMemAlloc_v2(&memory, 64), 0);
    CHECK_EQUAL(cuMemcpyHtoD_v2(memory, host, 64), 0);
    CHECK_EQUAL(cuMemcpyHtoD_v2(memory, host, 65), 1);
    CHECK_EQUAL(cuMemcpyHtoD_v2(memory + 1, host, 64), 1);
    CHECK_EQUAL(cuMemcpyDtoH_v2(host, memory - 1, 2), 1);
    CHECK_EQUAL(cuMemcpyDtoH_v2(host, memory, SIZE_MAX), 1);
    CHECK_EQUAL(cuMemsetD8Async(memory, 0, 65, nullptr), 1);
    CHECK_EQUAL(cuMemsetD32Async(memory, 0, 17, nullptr), 1);
    CHECK_EQUAL(cuMemsetD2D8Async(memory, 16, 0, 8, 4, nullptr), 0);
    CHECK_EQUAL(cuMemsetD2D8Async(memory, 16, 0, 8, 5, nullptr), 1);
    CHECK_EQUAL(cuMemFree_v2(memory + 8), 1);
    CHECK_EQUAL(cuMemFree_v2(memory), 0);
    CHECK_EQUAL(cuMemcpyDtoH_v2(host, memory, 4), 1);
    CHECK_EQUAL(cuMemFree_v2(memory), 1);
}

TEST(memory_is_not_a_number_until_written) {
    for (std::size_t bytes : {std::size_t(12), std::size_t(100) << 20}) {
        CUdeviceptr memory;
        unsigned value = 0;
        CHECK_EQUAL(cuMemAlloc_v2(&memory, bytes), 0);
        CHECK_EQUAL(cuMemcpyDtoH_v2(&value, memory + bytes - 4, 4), 0);
        CHECK_EQUAL(value, 0xffffffffu);
        CHECK_EQUAL(cuMemsetD32Async(memory + bytes - 4, 5, 1, nullptr), 0);
        CHECK_EQUAL(cuMemcpyDtoH_v2(&value, memory + bytes - 4, 4), 0);
        CHECK_EQUAL(value, 5);
        CHECK_EQUAL(cuMemFree_v2(memory), 0);
    }
}

TEST(memory_ends) {
    std::size_t free, total, before;
    CUdeviceptr memory, more;
    CHECK_EQUAL(cuMemGetInfo_v2(&before, &total), 0);
    CHECK_EQUAL(cuMemAlloc_v2(&memory, before - 1000), 0);
    CHECK_EQUAL(cuMemGetInfo_v2(&free, &total), 0);
    CHECK_EQUAL((long long)free, 1000);
    CHECK_EQUAL(cuMemAlloc_v2(&more, 1001), 2);
    CHECK_EQUAL(cuMemAlloc_v2(&more, 1000), 0);
    CHECK_EQUAL(cuMemFree_v2(more), 0);
    CHECK_EQUAL(cuMemFree_v2(memory), 0);
    CHECK_EQUAL(cuMemAlloc_v2(&memory, 0), 1);
}

TEST(a_failed_kernel_spoils_what_follows) {
    Kernels kernels("bugs.cu", {"-DBUG"});
    DeviceArray<int> out(std::vector<int>(64, 0));
    CUdeviceptr memory;
    int value;
    CHECK_EQUAL(launch(kernels.function("divergent_barrier"), 1, 64, 0, out.address), 719);
    CHECK_EQUAL(cuMemAlloc_v2(&memory, 4), 719);
    CHECK_EQUAL(cuMemcpyDtoH_v2(&value, out.address, 4), 719);
    CHECK_EQUAL(cuStreamSynchronize(nullptr), 719);
    cuda_sim_reset();
    CHECK_EQUAL(cuMemcpyDtoH_v2(&value, out.address, 4), 0);
}

TEST(a_thread_needs_a_context) {
    CUcontext context;
    CUdeviceptr memory;
    CHECK_EQUAL(cuCtxSetCurrent(nullptr), 0);
    CHECK_EQUAL(cuMemAlloc_v2(&memory, 4), 201);
    CHECK_EQUAL(cuDevicePrimaryCtxRetain(&context, 0), 0);
    CHECK_EQUAL(cuCtxSetCurrent(context), 0);
    CHECK_EQUAL(cuDevicePrimaryCtxRelease_v2(0), 0);
    CHECK_EQUAL(cuMemAlloc_v2(&memory, 4), 0);
    CHECK_EQUAL(cuMemFree_v2(memory), 0);
}

TEST(what_is_not_freed_is_counted) {
    long before = cuda_sim_live_objects();
    CUstream stream;
    CUevent event;
    CUdeviceptr memory;
    void* pinned;
    cuStreamCreate(&stream, 1);
    cuEventCreate(&event, 0);
    cuMemAlloc_v2(&memory, 16);
    cuMemHostAlloc(&pinned, 16, 0);
    CHECK_EQUAL(cuda_sim_live_objects() - before, 4);
    CHECK_EQUAL(cuda_sim_live("streams"), 1);
    CHECK_EQUAL(cuda_sim_live("nonsense"), -1);
    cuStreamDestroy_v2(stream);
    cuEventDestroy_v2(event);
    cuMemFree_v2(memory);
    cuMemFreeHost(pinned);
    CHECK_EQUAL(cuda_sim_live_objects(), before);
}

TEST(calls_fail_where_it_was_planned) {
    CUdeviceptr first, second, third;
    cuda_sim_reset();
    cuda_sim_fail("cuMemAlloc_v2", 2, 2);
    CHECK_EQUAL(cuMemAlloc_v2(&first, 16), 0);
    CHECK_EQUAL(cuMemAlloc_v2(&second, 16), 2);
    CHECK_EQUAL(cuMemAlloc_v2(&third, 16), 0);
    CHECK_EQUAL(cuda_sim_calls("cuMemAlloc_v2"), 3);
    // A function that frees does so even if it fails.
    cuda_sim_fail("cuMemFree_v2", 1, 719);
    CHECK_EQUAL(cuMemFree_v2(first), 719);
    CHECK_EQUAL(cuMemFree_v2(third), 0);
    CHECK_EQUAL(cuda_sim_live("device memory"), 0);
    // Also before the first call of a function.
    cuda_sim_fail("nvrtcGetProgramLogSize", 1, 3);
    std::size_t size;
    CHECK_EQUAL(nvrtcGetProgramLogSize(nullptr, &size), 3);
    CHECK_EQUAL(nvrtcGetProgramLogSize(nullptr, &size), 4);
}

TEST(a_device_may_have_any_number_of_multiprocessors) {
    int usual = 0, count = 0;
    CHECK_EQUAL(cuDeviceGetAttribute(&usual, 16, 0), 0);
    CHECK_EQUAL(cuda_sim_multiprocessors(usual + 1), 0);
    CHECK_EQUAL(cuDeviceGetAttribute(&count, 16, 0), 0);
    CHECK_EQUAL(count, usual + 1);
    CHECK_EQUAL(cuda_sim_multiprocessors(0), 0);
    CHECK_EQUAL(cuDeviceGetAttribute(&count, 16, 0), 0);
    CHECK_EQUAL(count, usual);
}

TEST(error_names_are_those_of_cuda) {
    const char* name;
    CHECK_EQUAL(cuGetErrorName(2, &name), 0);
    CHECK_CONTAINS(name, "CUDA_ERROR_OUT_OF_MEMORY");
    CHECK_EQUAL(cuGetErrorName(12345, &name), 1);
}
