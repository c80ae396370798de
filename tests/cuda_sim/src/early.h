// With CUDA_SIM_EARLY a block may begin before the kernels before it have ended (programmatic dependent launch). Until
// it waits, it finds NaN in memory that changes and must not write it. Memory changes if copies or kernels have written
// it twice since its allocation. Weights are copied once, and fills do not count.
#pragma once
#include <cstddef>
#include <string>

#include "memory.h"

namespace cuda_sim {

// Events of memory; each is called after the event. Without CUDA_SIM_EARLY they do nothing.
void note_allocated(DevicePointer address, std::size_t bytes);
void note_freed(DevicePointer address);
void note_copied(const void* target, std::size_t bytes);
void note_filled(const void* target, std::size_t bytes);
void note_kernel_ended();

// Between these two calls, memory that changes is NaN. The second reports and undoes writes to it. Without the first it
// does nothing.
void hide_changing_memory();
std::string reveal_changing_memory();

}  // namespace cuda_sim
