#include "entry.h"

#include <cstring>
#include <map>
#include <string>

#include "device.h"

namespace cuda_sim {

// Never freed: finalizers of the host may call the driver while the process shuts down.
struct EntryTable {
    std::mutex mutex;
    EntryPoint* first = nullptr;
    std::map<std::string, std::pair<long, int>> failures;  // planted before the function was first called
    int sticky = 0;
};

static EntryTable& table() {
    static EntryTable& only = *new EntryTable();
    return only;
}

EntryPoint::EntryPoint(const char* name_) : name(name_) {
    std::lock_guard<std::mutex> lock(table().mutex);
    next = table().first;
    table().first = this;
    auto planted = table().failures.find(name);
    if (planted != table().failures.end()) {
        fail_at = planted->second.first;
        fail_code = planted->second.second;
        table().failures.erase(planted);
    }
}

Entry::Entry(EntryPoint& point, Needs needs) : _lock(table().mutex), _refusal(0), _failure(0) {
    point.calls++;
    if (needs != NEEDS_NOTHING && !is_initialized()) _refusal = NOT_INITIALIZED;
    else if (needs == NEEDS_CONTEXT) _refusal = context_error();
    if (needs == NEEDS_CONTEXT) _failure = table().sticky;
    if (point.calls == point.fail_at) {
        point.fail_at = 0;
        _failure = point.fail_code;
    }
}

int sticky_error() { return table().sticky; }

void set_sticky_error(int code) {
    if (!table().sticky) table().sticky = code;
}

static EntryPoint* find(const char* name) {
    for (EntryPoint* point = table().first; point; point = point->next)
        if (!std::strcmp(point->name, name)) return point;
    return nullptr;
}

}  // namespace cuda_sim

using namespace cuda_sim;

// Makes the nth call from now (1: the next) of an exported function return the code.
CUDA_API void cuda_sim_fail(const char* entry, int nth, int code) {
    std::lock_guard<std::mutex> lock(table().mutex);
    if (EntryPoint* point = find(entry)) {
        point->fail_at = nth > 0 ? point->calls + nth : 0;
        point->fail_code = code;
    } else {
        table().failures[entry] = {nth, code};
    }
}

// The number of calls of an exported function since the process began, or since cuda_sim_reset.
CUDA_API long cuda_sim_calls(const char* entry) {
    std::lock_guard<std::mutex> lock(table().mutex);
    EntryPoint* point = find(entry);
    return point ? point->calls : 0;
}

// Clears planted failures, counts and the error of a failed kernel. Objects stay.
CUDA_API void cuda_sim_reset() {
    std::lock_guard<std::mutex> lock(table().mutex);
    table().failures.clear();
    table().sticky = 0;
    for (EntryPoint* point = table().first; point; point = point->next) point->calls = point->fail_at = 0;
}
