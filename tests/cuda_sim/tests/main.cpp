// Runs all tests of the program, or the one that is named.
#include <cstdio>

#include "testing.h"

int main(int argc, char** argv) {
    setvbuf(stdout, nullptr, _IOLBF, 0);
    testing::open_device();
    return testing::run_tests(argc > 1 ? argv[1] : nullptr);
}
