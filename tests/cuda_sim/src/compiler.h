// Compiles a kernel source into a shared library with the host's compiler.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace cuda_sim {

struct KernelSource {
    std::string name, text;
    std::vector<std::pair<std::string, std::string>> headers;  // name as included, text
};

struct Compilation {
    bool ok;
    std::string code;  // the bytes of the library
    std::string log;
};

Compilation compile(const KernelSource& source, const std::vector<std::string>& options);

}  // namespace cuda_sim
