// The image in place of a cubin: a header, and the bytes of a shared library. A host may keep it on disk.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace cuda_sim {

std::string make_image(const std::string& code);
bool is_image(const void* image);
// Whether it was made with the current flags and headers. Another image may not work with this library.
bool is_current_image(const void* image);
const void* code_of(const void* image);
std::size_t code_size_of(const void* image);

// A hash of the compiler's flags and the headers of include/cuda_sim.
std::uint64_t compiler_fingerprint();

}  // namespace cuda_sim
