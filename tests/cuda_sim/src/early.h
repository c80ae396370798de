// With CUDA_SIM_EARLY: a block that begins before the kernels before it have ended (programmatic dependent launch)
// finds memory that changes unset until it waits, and may not write. Memory changes if it has been written twice since
// it was allocated, by copies or kernels: weights are copied once, and fills do not count.
#pragma once
#include <cstddef>
#include <string>

#include "memory.h"

namespace cuda_sim {

// What happens to memory; each is called behind the deed. Without CUDA_SIM_EARLY they do nothing.
void note_allocated(DevicePointer address, std::size_t bytes);
void note_freed(DevicePointer address);
void note_copied(const void* target, std::size_t bytes);
void note_filled(const void* target, std::size_t bytes);
void note_kernel_ended();

// Between these two, memory that changes is unset. The second says what was written meanwhile, and undoes it; it does
// nothing without the first.
void hide_changing_memory();
std::string reveal_changing_memory();

}  // namespace cuda_sim
