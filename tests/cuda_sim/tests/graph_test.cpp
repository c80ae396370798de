// Streams, events, capture and graphs.
#include <thread>

#include "testing.h"

using namespace testing;

namespace {

struct Streams {
    CUstream main, side;
    Streams() {
        cuStreamCreate(&main, 1);
        cuStreamCreate(&side, 1);
    }
    ~Streams() {
        cuStreamDestroy_v2(main);
        cuStreamDestroy_v2(side);
    }
};

int value_at(CUdeviceptr address) {
    int value = 0;
    cuMemcpyDtoH_v2(&value, address, 4);
    return value;
}

}  // namespace

TEST(captured_work_runs_when_launched) {
    Streams streams;
    Kernels kernels("bugs.cu");
    DeviceArray<int> sum({0});
    CUgraph graph;
    CUgraphExec executable;
    int status;
    CHECK_EQUAL(cuStreamBeginCapture_v2(streams.main, 1), 0);
    {
        // The arguments are copied when the launch is captured.
        CUdeviceptr address = sum.address;
        void* arguments[] = {&address};
        CUfunction function = kernels.function("order_of_blocks");
        CHECK_EQUAL(cuLaunchKernel(function, 4, 1, 1, 32, 1, 1, 0, streams.main, arguments, nullptr), 0);
        address = 0;
    }
    CHECK_EQUAL(cuStreamIsCapturing(streams.main, &status), 0);
    CHECK_EQUAL(status, 1);
    CHECK_EQUAL(cuStreamEndCapture(streams.main, &graph), 0);
    CHECK_EQUAL(value_at(sum.address), 0);
    CHECK_EQUAL(cuGraphInstantiateWithFlags(&executable, graph, 0), 0);
    CHECK_EQUAL(cuGraphDestroy(graph), 0);
    for (int i = 1; i <= 3; i++) {
        CHECK_EQUAL(cuGraphLaunch(executable, streams.main), 0);
        CHECK_EQUAL(cuStreamSynchronize(streams.main), 0);
        CHECK_EQUAL(value_at(sum.address), 6 * i);
    }
    CHECK_EQUAL(cuGraphExecDestroy(executable), 0);
}

TEST(waiting_during_capture_invalidates_it) {
    Streams streams;
    DeviceArray<int> memory({0});
    CUgraph graph;
    int status;
    CHECK_EQUAL(cuStreamBeginCapture_v2(streams.main, 1), 0);
    CHECK_EQUAL(cuStreamSynchronize(streams.main), 900);
    CHECK_EQUAL(cuStreamIsCapturing(streams.main, &status), 0);
    CHECK_EQUAL(status, 2);
    CHECK_EQUAL(cuMemsetD8Async(memory.address, 0, 4, streams.main), 901);
    CHECK_EQUAL(cuStreamEndCapture(streams.main, &graph), 901);
    CHECK(graph == nullptr);
    CHECK_EQUAL(cuStreamSynchronize(streams.main), 0);
}

TEST(allocating_during_capture_invalidates_it) {
    Streams streams;
    CUgraph graph;
    CUdeviceptr memory;
    for (int mode = 0; mode < 3; mode++) {
        CHECK_EQUAL(cuStreamBeginCapture_v2(streams.main, mode), 0);
        int expected = mode == 2 ? 0 : 900;
        CHECK_EQUAL(cuMemAlloc_v2(&memory, 16), expected);
        if (mode == 2) cuMemFree_v2(memory);
        CHECK_EQUAL(cuStreamEndCapture(streams.main, &graph), expected ? 901 : 0);
        if (graph) cuGraphDestroy(graph);
    }
}

TEST(other_threads_may_allocate_beside_a_thread_local_capture) {
    Streams streams;
    CUgraph graph;
    CUcontext context;
    cuDevicePrimaryCtxRetain(&context, 0);
    for (int mode = 0; mode < 2; mode++) {
        CHECK_EQUAL(cuStreamBeginCapture_v2(streams.main, mode), 0);
        std::thread other([=] {
            CUdeviceptr memory;
            cuCtxSetCurrent(context);
            CHECK_EQUAL(cuMemAlloc_v2(&memory, 16), mode == 0 ? 900 : 0);
            if (mode) cuMemFree_v2(memory);
        });
        other.join();
        CHECK_EQUAL(cuStreamEndCapture(streams.main, &graph), mode == 0 ? 901 : 0);
        if (graph) cuGraphDestroy(graph);
    }
    cuDevicePrimaryCtxRelease_v2(0);
}

TEST(a_capture_takes_in_the_streams_that_wait_for_it) {
    Streams streams;
    DeviceArray<int> memory({1, 2});
    CUevent fork, join;
    CUgraph graph;
    CUgraphExec executable;
    cuEventCreate(&fork, 2);
    cuEventCreate(&join, 2);
    for (bool joined : {false, true}) {
        CHECK_EQUAL(cuStreamBeginCapture_v2(streams.main, 1), 0);
        CHECK_EQUAL(cuEventRecord(fork, streams.main), 0);
        CHECK_EQUAL(cuStreamWaitEvent(streams.side, fork, 0), 0);
        CHECK_EQUAL(cuMemcpyDtoDAsync_v2(memory.address, memory.address + 4, 4, streams.side), 0);
        CHECK_EQUAL(cuEventRecord(join, streams.side), 0);
        if (joined) CHECK_EQUAL(cuStreamWaitEvent(streams.main, join, 0), 0);
        CHECK_EQUAL(cuStreamEndCapture(streams.main, &graph), joined ? 0 : 904);
    }
    CHECK_EQUAL(cuEventQuery(join), 907);
    CHECK_EQUAL(value_at(memory.address), 1);
    CHECK_EQUAL(cuGraphInstantiateWithFlags(&executable, graph, 0), 0);
    CHECK_EQUAL(cuGraphLaunch(executable, streams.main), 0);
    CHECK_EQUAL(cuStreamSynchronize(streams.main), 0);
    CHECK_EQUAL(value_at(memory.address), 2);
    cuGraphDestroy(graph);
    cuGraphExecDestroy(executable);
    cuEventDestroy_v2(fork);
    cuEventDestroy_v2(join);
}

TEST(events_measure_and_complete) {
    Streams streams;
    CUevent begin, end;
    float milliseconds = -1;
    cuEventCreate(&begin, 0);
    cuEventCreate(&end, 0);
    CHECK_EQUAL(cuEventQuery(begin), 0);
    CHECK_EQUAL(cuEventElapsedTime(&milliseconds, begin, end), 400);
    CHECK_EQUAL(cuEventRecord(begin, streams.main), 0);
    CHECK_EQUAL(cuEventRecord(end, streams.main), 0);
    CHECK_EQUAL(cuEventSynchronize(end), 0);
    CHECK_EQUAL(cuEventElapsedTime(&milliseconds, begin, end), 0);
    CHECK(milliseconds >= 0);
    cuda_sim_pace_events(1);
    for (float expected : {0.002f, 0.004f}) {
        CHECK_EQUAL(cuEventRecord(begin, streams.main), 0);
        CHECK_EQUAL(cuEventRecord(end, streams.main), 0);
        CHECK_EQUAL(cuEventSynchronize(end), 0);
        CHECK_EQUAL(cuEventElapsedTime(&milliseconds, begin, end), 0);
        CHECK(milliseconds > expected - 1e-6f && milliseconds < expected + 1e-6f);
    }
    cuda_sim_pace_events(0);
    cuEventDestroy_v2(begin);
    cuEventDestroy_v2(end);
}
