// A loaded module: a shared library of the host, made by the compiler in nvrtc.cpp.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "kernel.h"

namespace cuda_sim {

struct Module {
    void* handle = nullptr;
    int file = -1;
    std::map<std::string, std::unique_ptr<Kernel>> kernels = {};
    char *shared_begin = nullptr, *shared_end = nullptr;  // static shared memory of all its kernels
};

// Whether the handle is a kernel of a loaded module.
bool is_kernel(const Kernel* kernel);

}  // namespace cuda_sim
