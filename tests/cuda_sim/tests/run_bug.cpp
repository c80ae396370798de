// run_bug KERNEL [bug]: for the tests of the sanitizers, which end the process when they find something.
#include <cstdio>

#include "bugs.h"

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    testing::open_device();
    BugRun run = run_bug(argv[1], argc > 2, 128);
    std::printf("result %d %s\n", run.result, run.failure.c_str());
    return run.result != 0;
}
