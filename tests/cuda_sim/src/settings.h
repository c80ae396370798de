// The environment variables, read once, at the first use of the library.
#pragma once
#include <cstddef>
#include <string>

namespace cuda_sim {

struct Settings {
    int driver;              // CUDA_SIM_DRIVER, version of CUDA
    int multiprocessors;     // CUDA_SIM_SMS
    std::size_t memory;      // CUDA_SIM_MEMORY, bytes
    bool race;               // CUDA_SIM_RACE: three schedules per kernel, device bytes compared
    bool lazy;               // CUDA_SIM_LAZY: a stream runs only when it is waited for
    bool early;              // CUDA_SIM_EARLY: blocks begin before the kernels that they depend on
    bool trace;              // CUDA_SIM_TRACE: one line per launch
    int schedule;            // CUDA_SIM_SCHEDULE: 0 oldest first, 1 newest first, 2 random
    unsigned seed;           // CUDA_SIM_SEED of the random schedule
    std::string compiler;    // CUDA_SIM_CXX
    std::string flags;       // CUDA_SIM_CXXFLAGS, instead of -O1
    std::string include;     // CUDA_SIM_INCLUDE, the folder that holds cuda_sim/device.h
};

const Settings& settings();

}  // namespace cuda_sim
