// With CUDA_SIM_EARLY: exactly the accesses are found that a kernel makes before it waits for the kernel before it.
#include <cmath>

#include "testing.h"

using namespace testing;

namespace {

constexpr int COUNT = 64;
constexpr unsigned THREADS = 32;

struct Outcome {
    int result;
    std::string failure;
    bool right;
};

int launch_early(CUfunction function, CUstream stream, CUdeviceptr out, CUdeviceptr in, CUdeviceptr weights) {
    CUlaunchAttribute attribute = {};
    attribute.id = 6;
    attribute.value.programmaticStreamSerializationAllowed = 1;
    CUlaunchConfig config = {COUNT / THREADS, 1, 1, THREADS, 1, 1, 0, stream, &attribute, 1};
    void* arguments[] = {&out, &in, &weights};
    return cuLaunchKernelEx(&config, function, arguments, nullptr);
}

// Back and forth between two buffers, so that both have been written more than once, as a graph or call by call.
Outcome run(const char* kernel, bool early, bool graph) {
    Kernels kernels("early.cu");
    DeviceArray<float> weights(std::vector<float>(COUNT, 1.5f)), first(std::vector<float>(COUNT, 1.f)),
        second(std::vector<float>(COUNT, 1.f));
    CUfunction function = kernels.function(kernel), plain = kernels.function("waits");
    CUstream stream;
    CUgraph captured;
    CUgraphExec executable = nullptr;
    cuStreamCreate(&stream, 1);
    if (graph) cuStreamBeginCapture_v2(stream, 1);
    for (int turn = 0; turn < 4; turn++) {
        CUdeviceptr in = turn % 2 ? second.address : first.address, out = turn % 2 ? first.address : second.address;
        if (turn && early) {
            CHECK_EQUAL(launch_early(function, stream, out, in, weights.address), 0);
        } else {
            void* arguments[] = {&out, &in, &weights.address};
            CUfunction chosen = turn ? function : plain;
            CHECK_EQUAL(cuLaunchKernel(chosen, 2, 1, 1, THREADS, 1, 1, 0, stream, arguments, nullptr), 0);
        }
    }
    if (graph) {
        cuStreamEndCapture(stream, &captured);
        cuGraphInstantiateWithFlags(&executable, captured, 0);
        cuGraphDestroy(captured);
        cuGraphLaunch(executable, stream);
    }
    Outcome outcome = {cuStreamSynchronize(stream), "", true};
    outcome.failure = outcome.result ? cuda_sim_last_failure() : "";
    cuda_sim_reset();
    for (float value : first.read()) outcome.right = outcome.right && value == std::pow(1.5f, 4);
    if (executable) cuGraphExecDestroy(executable);
    cuStreamDestroy_v2(stream);
    return outcome;
}

}  // namespace

TEST(kernels_that_wait_are_right) {
    for (const char* kernel : {"waits", "waits_twice"})
        for (bool early : {false, true})
            for (bool graph : {false, true}) {
                Outcome outcome = run(kernel, early, graph);
                CHECK_EQUAL(outcome.result, 0);
                CHECK(outcome.right);
            }
}

TEST(launches_that_wait_for_all_before_them_may_do_anything) {
    for (const char* kernel : {"reads_early", "writes_early", "copies_early", "never_waits"}) {
        Outcome outcome = run(kernel, false, false);
        CHECK_EQUAL(outcome.result, 0);
        CHECK(outcome.right);
    }
}

TEST(early_reads_give_no_number) {
    for (const char* kernel : {"reads_early", "copies_early"})
        for (bool graph : {false, true}) {
            Outcome outcome = run(kernel, true, graph);
            CHECK_EQUAL(outcome.result, 0);
            CHECK(!outcome.right);
        }
}

TEST(early_writes_are_found) {
    Outcome outcome = run("writes_early", true, true);
    CHECK_EQUAL(outcome.result, 719);
    CHECK_CONTAINS(outcome.failure, "kernel writes_early: block (");
    CHECK_CONTAINS(outcome.failure, "): writes before wait_for_dependencies early.cu:");
}

TEST(kernels_that_do_not_wait_are_named) {
    for (const char* kernel : {"never_waits", "leaves_early"}) {
        Outcome outcome = run(kernel, true, true);
        CHECK_EQUAL(outcome.result, 719);
        CHECK_CONTAINS(outcome.failure, std::string("kernel ") + kernel);
        CHECK_CONTAINS(outcome.failure, "has ended without wait_for_dependencies");
    }
}

TEST(weights_are_read_early_and_memory_that_is_filled_stays) {
    Kernels kernels("early.cu");
    CUdeviceptr weights;
    DeviceArray<float> values(std::vector<float>(COUNT, 2.f)), out(std::vector<float>(COUNT, 0.f));
    cuMemAlloc_v2(&weights, COUNT * 4);
    for (int fill = 0; fill < 3; fill++) cuMemsetD8Async(weights, 0, COUNT * 4, nullptr);
    cuMemcpyDtoDAsync_v2(weights, values.address, COUNT * 4, nullptr);
    CHECK_EQUAL(launch_early(kernels.function("waits"), nullptr, out.address, values.address, weights), 0);
    CHECK_EQUAL(cuCtxSynchronize(), 0);
    for (float value : out.read()) CHECK(value == 4.f);
    // After a second copy it is memory that changes: no kernel may read it early.
    cuMemcpyDtoDAsync_v2(weights, values.address, COUNT * 4, nullptr);
    CHECK_EQUAL(launch_early(kernels.function("waits"), nullptr, out.address, values.address, weights), 0);
    CHECK_EQUAL(cuCtxSynchronize(), 0);
    bool right = true;
    for (float value : out.read()) right = right && value == 4.f;
    CHECK(!right);
    cuMemFree_v2(weights);
}

TEST(launch_attributes_are_checked) {
    Kernels kernels("early.cu");
    CUlaunchAttribute attribute = {};
    CUlaunchConfig config = {1, 1, 1, 32, 1, 1, 0, nullptr, &attribute, 1};
    CUdeviceptr none = 0;
    void* arguments[] = {&none, &none, &none};
    attribute.id = 99;
    CHECK_EQUAL(cuLaunchKernelEx(&config, kernels.function("waits"), arguments, nullptr), 1);
    config.attrs = nullptr;
    CHECK_EQUAL(cuLaunchKernelEx(&config, kernels.function("waits"), arguments, nullptr), 1);
}
