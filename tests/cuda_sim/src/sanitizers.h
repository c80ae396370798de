// The interface of the sanitizers for fibers. The functions exist only if a sanitizer's runtime is loaded.
#pragma once
#include <cstddef>

#define WEAK __attribute__((weak))

extern "C" {
WEAK void __asan_unpoison_memory_region(const volatile void* address, std::size_t size);
WEAK void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, std::size_t size);
WEAK void __sanitizer_finish_switch_fiber(void* fake_stack, const void** old_bottom, std::size_t* old_size);
WEAK void* __tsan_create_fiber(unsigned flags);
WEAK void* __tsan_get_current_fiber();
WEAK void __tsan_switch_to_fiber(void* fiber, unsigned flags);
WEAK void __tsan_acquire(void* address);
WEAK void __tsan_release(void* address);
}

namespace cuda_sim {

inline bool has_asan() { return __asan_unpoison_memory_region != nullptr; }
inline bool has_tsan() { return __tsan_create_fiber != nullptr; }

// Order between fibers, for TSan: writes before a release are seen after the acquire. A switch alone does not
// synchronize.
inline void tsan_acquire(void* address) {
    if (__tsan_acquire) __tsan_acquire(address);
}

inline void tsan_release(void* address) {
    if (__tsan_release) __tsan_release(address);
}

}  // namespace cuda_sim
