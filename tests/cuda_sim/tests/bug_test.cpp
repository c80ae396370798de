// Bugs that a plain run finds. The message has the error and its place, and the error is sticky.
#include "bugs.h"

static const char* const ALL[] = {
    "missing_barrier", "missing_second_barrier", "missing_syncwarp", "missing_wait", "divergent_barrier",
    "two_barriers", "divergent_shuffle", "shuffle_after_exit", "global_overrun", "static_overrun", "dynamic_overrun",
    "misaligned_load", "order_of_blocks"};

TEST(right_kernels_pass) {
    for (const char* kernel : ALL) {
        BugRun run = run_bug(kernel, false, 128, 2);
        CHECK_EQUAL(run.result, 0);
        CHECK_EQUAL((long long)run.failure.size(), 0);
    }
}

TEST(missing_wait_shows_nan) {
    CHECK_EQUAL(run_bug("missing_wait", false).out[3], 12);
    CHECK_EQUAL(run_bug("missing_wait", true).out[3], 0x7fff7fff);
}

TEST(missing_barrier_shows_unset_memory) {
    CHECK_EQUAL(run_bug("missing_barrier", false, 128).out[0], 64 * 3);
    CHECK_EQUAL(run_bug("missing_barrier", true, 128).out[0], -1);
}

TEST(divergent_barriers_are_named) {
    BugRun run = run_bug("divergent_barrier", true, 64);
    CHECK_EQUAL(run.result, 719);
    CHECK_CONTAINS(run.failure, "24 threads");
    CHECK_CONTAINS(run.failure, "__syncthreads bugs.cu:");
    run = run_bug("two_barriers", true, 64);
    CHECK_EQUAL(run.result, 719);
    CHECK_CONTAINS(run.failure, "divergent __syncthreads: bugs.cu:");
}

TEST(divergent_warps_are_named) {
    BugRun run = run_bug("divergent_shuffle", true);
    CHECK_EQUAL(run.result, 719);
    CHECK_CONTAINS(run.failure, "divergent warp: lane 1 at shuffle bugs.cu:");
    run = run_bug("shuffle_after_exit", true);
    CHECK_EQUAL(run.result, 719);
    CHECK_CONTAINS(run.failure, "deadlock: [thread 0 waits at shuffle bugs.cu:");
}

TEST(overrun_of_dynamic_shared_memory_is_seen_behind_the_block) {
    BugRun run = run_bug("dynamic_overrun", true);
    CHECK_EQUAL(run.result, 719);
    CHECK_CONTAINS(run.failure, "beyond its dynamic shared memory");
}

TEST(overrun_of_an_allocation_is_seen_when_it_is_freed) {
    testing::Kernels kernels("bugs.cu", {"-DBUG"});
    CUdeviceptr out;
    cuMemAlloc_v2(&out, 32 * 4);
    CHECK_EQUAL(testing::launch(kernels.function("global_overrun"), 1, 32, 0, out, 32), 0);
    CHECK_EQUAL(cuMemFree_v2(out), 700);
    cuda_sim_reset();
}
