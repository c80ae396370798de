// A kernel of a loaded module, and its launch.
#pragma once
#include <string>
#include <vector>

#include "block.h"
#include "device.h"

namespace cuda_sim {

struct Module;

struct Kernel {
    Module* module;
    std::string name;
    Function function;
    Thunk thunk;
    std::vector<Parameter> parameters;
    int max_threads;
    int max_dynamic_shared = SHARED_PER_BLOCK;
    int shared_carveout = -1;  // the driver's choice
};

// The data of a launch until it runs. The arguments are copied during the host's call, each at its own alignment.
struct Launch {
    Kernel* kernel;
    dim3 grid, block;
    unsigned dynamic_shared;
    bool overlaps;  // may begin before the kernels before it have ended
    std::vector<char> storage;
    std::vector<void*> arguments;
};

// Runs the whole grid. A failure becomes the sticky error.
void run_launch(const Launch& launch);

// Whether the address is in the static shared memory of the running kernel's module, or in the launch's dynamic shared
// memory. Always true under ASan.
bool is_shared(const void* address, std::size_t bytes);

// The message of the latest failed kernel.
const std::string& last_failure();

}  // namespace cuda_sim
