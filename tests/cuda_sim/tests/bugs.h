// Runs the kernels of bugs.cu, with and without their bugs.
#pragma once
#include "testing.h"

// The result of the launch, and the kernel's output. 32 threads by default.
struct BugRun {
    int result;
    std::string failure;
    std::vector<int> out;
};

BugRun run_bug(const char* kernel, bool bug, unsigned threads = 32, unsigned blocks = 1);
