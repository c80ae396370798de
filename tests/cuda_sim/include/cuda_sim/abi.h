// The interface between kernels compiled for the CPU and the simulated driver. Nothing here is CUDA's.
#pragma once
#include <cstddef>
#include <cstdint>

struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

namespace cuda_sim {

// A place in a kernel's source. It identifies a barrier or a warp operation.
struct Site {
    const char* file;
    int line;
};

// Copies that a thread has issued with cp.async and not yet waited for.
struct AsyncCopies {
    static constexpr int CAPACITY = 512;
    int count;
    int group;  // number of the group that the next copy joins
    struct Copy {
        void* target;
        const void* source;  // null: zeros
        int group;
    } copies[CAPACITY];
};

// The data of a running device thread.
struct ThreadState {
    uint3 thread_index, block_index;
    dim3 block_size, grid_size;
    unsigned lane;
    unsigned char* dynamic_shared;
    bool copy_at_wait;  // cp.async fills its target with NaN and copies at the wait; else it copies at once
    AsyncCopies* copies;
};

struct Parameter {
    std::size_t size, alignment;
};

typedef void (*Function)();
typedef void (*Thunk)(Function kernel, void** arguments);

// A module's constructors pass one of these to the driver for each kernel.
struct KernelDescription {
    const char* name;
    Function function;
    Thunk thunk;
    const Parameter* parameters;
    int parameter_count;
    int max_threads;  // of __launch_bounds__, or 1024
};

}  // namespace cuda_sim

extern "C" {
extern cuda_sim::ThreadState* cuda_sim_thread;

void cuda_sim_register_kernel(const cuda_sim::KernelDescription* kernel);
void cuda_sim_register_shared(char* begin, char* end);

void cuda_sim_syncthreads(cuda_sim::Site site);
void cuda_sim_wait_for_dependencies(cuda_sim::Site site);
void cuda_sim_syncwarp(unsigned mask, cuda_sim::Site site);
unsigned cuda_sim_ballot(unsigned mask, bool predicate, cuda_sim::Site site);
// The value of lane `source`, which must be in the mask.
std::uint64_t cuda_sim_shuffle(unsigned mask, std::uint64_t value, unsigned source, cuda_sim::Site site);
// `row` is the lane's own row, already read; `tiles` receives its part of the four matrices.
void cuda_sim_ldmatrix(std::uint32_t* tiles, const std::uint16_t* row, bool transposed, cuda_sim::Site site);
void cuda_sim_mma_m16n8k16(float* d, const std::uint32_t* a, std::uint32_t b0, std::uint32_t b1, cuda_sim::Site site);
bool cuda_sim_is_shared(const void* address, std::size_t bytes);
// Ends the kernel with an error, as a trap would.
[[noreturn]] void cuda_sim_trap(const char* what, cuda_sim::Site site);
}
