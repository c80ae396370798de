// An own stack and a switch to it, without the operating system.
#pragma once
#include <cstddef>

// Saves the callee-saved registers and the stack pointer, and loads those of the other fiber.
extern "C" __attribute__((visibility("hidden"))) void cuda_sim_switch_stack(void** saved, void* stack_pointer);

namespace cuda_sim {

class Fiber {
public:
    // For the thread of the host's call. Its stack is the host's.
    Fiber() = default;
    // `number` shifts the top of the stack, so that the fibers of a block do not compete for the same cache lines.
    explicit Fiber(int number);
    Fiber(const Fiber&) = delete;

    // Makes the next switch to this fiber call `entry`, regardless of its state.
    void begin_at(void (*entry)());
    // Switches from this running fiber to the other. `for_ever`: this one is not resumed here.
    void switch_to(Fiber& other, bool for_ever = false) {
        if (SANITIZED) switch_and_tell(other, for_ever);
        else cuda_sim_switch_stack(&_stack_pointer, other._stack_pointer);
    }
    // `entry` must call it first.
    static void entered();

private:
    // As above, with notice to the sanitizers.
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
    static Fiber* _left;  // the fiber before the latest switch
};

}  // namespace cuda_sim
