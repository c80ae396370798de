#include "fiber.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "sanitizers.h"

asm(R"(
.text
.hidden cuda_sim_switch_stack
.globl cuda_sim_switch_stack
.type cuda_sim_switch_stack, @function
cuda_sim_switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size cuda_sim_switch_stack, .-cuda_sim_switch_stack
)");

namespace cuda_sim {

static constexpr int SAVED_REGISTERS = 6;

Fiber* Fiber::_left = nullptr;
const bool Fiber::SANITIZED = __sanitizer_start_switch_fiber || __tsan_switch_to_fiber;

Fiber::Fiber(int number) : _shift((std::size_t)(number % 128) * 512) {
    _memory = (char*)mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (_memory == MAP_FAILED || mprotect(_memory, GUARD, PROT_NONE)) std::abort();
    _bottom = _memory + GUARD;
    _size = STACK - GUARD;
    if (__tsan_create_fiber) _tsan = __tsan_create_fiber(0);
}

void Fiber::begin_at(void (*entry)()) {
    if (has_asan()) __asan_unpoison_memory_region(_bottom, _size);
    void** top = (void**)(_memory + STACK - 64 - _shift);
    *--top = nullptr;  // return address of the entry; it also aligns the stack as after a call
    *--top = (void*)entry;
    for (int i = 0; i < SAVED_REGISTERS; i++) *--top = nullptr;
    _stack_pointer = top;
    _fake_stack = nullptr;
}

void Fiber::switch_and_tell(Fiber& other, bool for_ever) {
    _left = this;
    if (__sanitizer_start_switch_fiber)
        __sanitizer_start_switch_fiber(for_ever ? nullptr : &_fake_stack, other._bottom, other._size);
    if (__tsan_switch_to_fiber) {
        if (!_memory) _tsan = __tsan_get_current_fiber();
        __tsan_switch_to_fiber(other._tsan, 1);  // 1: the switch does not synchronize
    }
    cuda_sim_switch_stack(&_stack_pointer, other._stack_pointer);
    if (__sanitizer_finish_switch_fiber) __sanitizer_finish_switch_fiber(_fake_stack, nullptr, nullptr);
}

void Fiber::entered() {
    if (!__sanitizer_finish_switch_fiber) return;
    const void* bottom;
    std::size_t size;
    __sanitizer_finish_switch_fiber(nullptr, &bottom, &size);
    if (_left->_memory) return;
    _left->_bottom = bottom;
    _left->_size = size;
}

}  // namespace cuda_sim
