// The start of every exported function: the driver's lock, the count of calls, a planted failure, the sticky error of a
// failed kernel, and the check of the calling thread's context.
#pragma once
#include <mutex>

#include "errors.h"

#define CUDA_API extern "C" __attribute__((visibility("default")))

namespace cuda_sim {

enum Needs { NEEDS_NOTHING, NEEDS_INIT, NEEDS_CONTEXT };

// One for each exported function, never freed.
struct EntryPoint {
    const char* name;
    long calls = 0;
    long fail_at = 0;  // the call that fails; 0: none
    int fail_code = 0;
    EntryPoint* next;
    explicit EntryPoint(const char* name);
};

class Entry {
public:
    Entry(EntryPoint& point, Needs needs);
    // The error that makes the call impossible (no context, not initialised), or 0.
    int refusal() const { return _refusal; }
    // The planted failure of this call, or the error of an earlier kernel, or 0.
    int failure() const { return _failure; }

private:
    std::lock_guard<std::mutex> _lock;
    int _refusal, _failure;
};

// The error that every call returns after a failed kernel.
int sticky_error();
void set_sticky_error(int code);

}  // namespace cuda_sim

#define ENTER(needs)                                   \
    static cuda_sim::EntryPoint entry_point(__func__); \
    cuda_sim::Entry entry(entry_point, cuda_sim::needs); \
    if (int code = entry.refusal() ? entry.refusal() : entry.failure()) return code

// For functions that free: they do their work and then return entry.failure(), as the driver does with errors of
// earlier work.
#define ENTER_RELEASE(needs)                           \
    static cuda_sim::EntryPoint entry_point(__func__); \
    cuda_sim::Entry entry(entry_point, cuda_sim::needs); \
    if (int code = entry.refusal()) return code
