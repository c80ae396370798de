// Runs the kernels of bugs.cu, right and wrong.
#pragma once
#include "testing.h"

// The result of the launch and what the kernel wrote; 32 threads unless said.
struct BugRun {
    int result;
    std::string failure;
    std::vector<int> out;
};

BugRun run_bug(const char* kernel, bool bug, unsigned threads = 32, unsigned blocks = 1);
