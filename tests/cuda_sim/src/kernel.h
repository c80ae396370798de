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

// What a launch keeps until it runs. The arguments are copied when the host calls; each stands at a multiple of its
// own alignment.
struct Launch {
    Kernel* kernel;
    dim3 grid, block;
    unsigned dynamic_shared;
    bool overlaps;  // it may begin before the kernels before it have ended
    std::vector<char> storage;
    std::vector<void*> arguments;
};

// Runs the grid to its end; a failure becomes the sticky error.
void run_launch(const Launch& launch);

// The static shared memory of the module whose kernel runs, and what the launch gave; false under ASan for none.
bool is_shared(const void* address, std::size_t bytes);

// What the latest failed kernel said.
const std::string& last_failure();

}  // namespace cuda_sim
