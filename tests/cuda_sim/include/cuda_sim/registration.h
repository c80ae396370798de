// Registers the kernels of a compiled module: the driver's compiler appends one call of register_kernel for each.
#pragma once

extern "C" {
// The linker makes these from the section's name. They are null if a module has no static shared memory.
extern char __start_cuda_sim_shared[] __attribute__((weak, visibility("hidden")));
extern char __stop_cuda_sim_shared[] __attribute__((weak, visibility("hidden")));
}

namespace cuda_sim {

template <class... Arguments>
struct KernelCall {
    static void call(Function kernel, void** arguments) {
        unpack(kernel, arguments, std::index_sequence_for<Arguments...>());
    }

    template <std::size_t... I>
    static void unpack(Function kernel, void** arguments, std::index_sequence<I...>) {
        ((void (*)(Arguments...))kernel)(*(Arguments*)arguments[I]...);
    }
};

template <class... Arguments>
inline void register_kernel(const char* name, void (*kernel)(Arguments...), int max_threads = 1024) {
    static const Parameter parameters[] = {{sizeof(Arguments), alignof(Arguments)}..., {0, 0}};
    KernelDescription description = {
        name, (Function)kernel, KernelCall<Arguments...>::call, parameters, (int)sizeof...(Arguments), max_threads};
    cuda_sim_register_kernel(&description);
}

// The second number of __launch_bounds__ (blocks per multiprocessor) has no meaning here.
constexpr int first_of(int threads, int = 0, int = 0) { return threads; }

__attribute__((constructor)) static void register_shared() {
    cuda_sim_register_shared(__start_cuda_sim_shared, __stop_cuda_sim_shared);
}

}  // namespace cuda_sim
