// With CUDA_SIM_LAZY: nothing runs before it is waited for, so a missing wait shows.
#include "testing.h"

using namespace testing;

namespace {

struct Setting {
    CUstream first, second;
    CUevent event;
    CUdeviceptr memory;
    int* pinned;
    Setting() {
        cuStreamCreate(&first, 1);
        cuStreamCreate(&second, 1);
        cuEventCreate(&event, 2);
        cuMemAlloc_v2(&memory, 4);
        cuMemHostAlloc((void**)&pinned, 4, 0);
        *pinned = 7;
    }
    ~Setting() {
        cuStreamDestroy_v2(first);
        cuStreamDestroy_v2(second);
        cuEventDestroy_v2(event);
        cuMemFree_v2(memory);
        cuMemFreeHost(pinned);
    }
};

}  // namespace

TEST(pinned_memory_is_read_when_the_stream_runs) {
    Setting s;
    CHECK_EQUAL(cuMemcpyHtoDAsync_v2(s.memory, s.pinned, 4, s.first), 0);
    *s.pinned = 8;
    CHECK_EQUAL(cuStreamSynchronize(s.first), 0);
    CHECK_EQUAL(cuMemcpyDtoH_v2(s.pinned, s.memory, 4), 0);
    CHECK_EQUAL(*s.pinned, 8);
}

TEST(other_memory_is_read_at_once) {
    Setting s;
    int value = 5;
    CHECK_EQUAL(cuMemcpyHtoDAsync_v2(s.memory, &value, 4, s.first), 0);
    value = 6;
    CHECK_EQUAL(cuMemcpyDtoHAsync_v2(&value, s.memory, 4, s.first), 0);
    CHECK_EQUAL(value, 5);
}

TEST(streams_do_not_wait_for_each_other_by_themselves) {
    Setting s;
    for (bool waits : {false, true}) {
        *s.pinned = 0;
        cuMemsetD32Async(s.memory, 1, 1, nullptr);
        CHECK_EQUAL(cuMemsetD32Async(s.memory, 2, 1, s.first), 0);
        CHECK_EQUAL(cuEventRecord(s.event, s.first), 0);
        if (waits) CHECK_EQUAL(cuStreamWaitEvent(s.second, s.event, 0), 0);
        CHECK_EQUAL(cuMemcpyDtoHAsync_v2(s.pinned, s.memory, 4, s.second), 0);
        CHECK_EQUAL(*s.pinned, 0);
        CHECK_EQUAL(cuStreamSynchronize(s.second), 0);
        CHECK_EQUAL(*s.pinned, waits ? 2 : 1);
        CHECK_EQUAL(cuStreamSynchronize(s.first), 0);
    }
}

TEST(who_asks_again_and_again_gets_there) {
    Setting s;
    for (int i = 0; i < 3; i++) cuMemsetD32Async(s.memory, 2, 1, s.first);
    cuEventRecord(s.event, s.first);
    int asked = 0;
    while (cuEventQuery(s.event) == 600 && asked < 100) asked++;
    CHECK_EQUAL(asked, 4);
    CHECK_EQUAL(cuStreamQuery(s.first), 0);
}

TEST(a_copy_that_waits_does_not_wait_for_other_streams) {
    Setting s;
    int value = 0;
    cuMemsetD32Async(s.memory, 1, 1, nullptr);
    cuMemsetD32Async(s.memory, 2, 1, s.first);
    CHECK_EQUAL(cuMemcpyDtoH_v2(&value, s.memory, 4), 0);
    CHECK_EQUAL(value, 1);
    CHECK_EQUAL(cuCtxSynchronize(), 0);
    CHECK_EQUAL(cuMemcpyDtoH_v2(&value, s.memory, 4), 0);
    CHECK_EQUAL(value, 2);
}
