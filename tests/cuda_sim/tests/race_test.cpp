// With CUDA_SIM_RACE: exactly the results are found that depend on the order of threads and blocks.
#include "bugs.h"

TEST(right_kernels_are_not_accused) {
    for (const char* kernel : {"missing_barrier", "missing_second_barrier", "missing_syncwarp", "missing_wait",
                               "divergent_barrier", "static_overrun", "order_of_blocks"}) {
        BugRun run = run_bug(kernel, false, 128, 3);
        CHECK_EQUAL(run.result, 0);
        CHECK_EQUAL((long long)run.failure.size(), 0);
    }
}

TEST(races_are_found) {
    for (const char* kernel : {"missing_barrier", "missing_second_barrier", "missing_syncwarp", "missing_wait"}) {
        BugRun run = run_bug(kernel, true, 128);
        CHECK_EQUAL(run.result, 719);
        CHECK_CONTAINS(run.failure, std::string("kernel ") + kernel + ": race: schedules 0 and ");
    }
}

TEST(dependence_on_the_order_of_blocks_is_found) {
    BugRun run = run_bug("order_of_blocks", true, 32, 8);
    CHECK_EQUAL(run.result, 719);
    CHECK_CONTAINS(run.failure, "race");
}
