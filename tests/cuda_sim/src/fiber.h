// A stack of its own and a switch to it, without the operating system.
#pragma once
#include <cstddef>

// Saves the registers that a function must preserve, and the stack pointer; takes up those of the other fiber.
extern "C" __attribute__((visibility("hidden"))) void cuda_sim_switch_stack(void** saved, void* stack_pointer);

namespace cuda_sim {

class Fiber {
public:
    // For the thread that the host calls from; its stack is the host's.
    Fiber() = default;
    // `number` shifts the stack's top, so that the fibers of a block do not compete for the same lines of the cache.
    explicit Fiber(int number);
    Fiber(const Fiber&) = delete;

    // Makes the next switch to this fiber call `entry`, whatever the fiber did before.
    void begin_at(void (*entry)());
    // Goes from this fiber, which is running, to the other. `for_ever`: this one is not resumed where it stands.
    void switch_to(Fiber& other, bool for_ever = false) {
        if (SANITIZED) switch_and_tell(other, for_ever);
        else cuda_sim_switch_stack(&_stack_pointer, other._stack_pointer);
    }
    // To be called first thing by `entry`.
    static void entered();

private:
    // As above, where a sanitizer wants to know.
    void switch_and_tell(Fiber& other, bool for_ever);

    static const bool SANITIZED;
    static constexpr std::size_t STACK = 256 << 10;
    static constexpr std::size_t GUARD = 4096;

    void* _stack_pointer = nullptr;
    char* _memory = nullptr;
    std::size_t _shift = 0;
    const void* _bottom = nullptr;  // for ASan
    std::size_t _size = 0;
    void* _fake_stack = nullptr;
    void* _tsan = nullptr;
    static Fiber* _left;  // the fiber that the latest switch came from
};

}  // namespace cuda_sim
