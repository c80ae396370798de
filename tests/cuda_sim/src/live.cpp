// Objects that the host has made and not yet freed, for tests of disposal.
#include <cstring>

#include "device.h"
#include "entry.h"
#include "handles.h"
#include "memory.h"

namespace cuda_sim {

struct Stream;
struct Event;
struct Module;
struct Graph;
struct ExecutableGraph;
struct Program;
struct BlasHandle;

struct LiveCount {
    const char* kind;
    std::size_t (*count)();
};

template <class T>
static std::size_t count_of() {
    return Handles<T>::all().count();
}

static const LiveCount KINDS[] = {
    {"contexts", [] { return (std::size_t)retained_contexts(); }},
    {"device memory", device_allocations},
    {"pinned memory", pinned_allocations},
    {"streams", count_of<Stream>},
    {"events", count_of<Event>},
    {"modules", count_of<Module>},
    {"graphs", count_of<Graph>},
    {"executable graphs", count_of<ExecutableGraph>},
    {"programs", count_of<Program>},
    {"cublas handles", count_of<BlasHandle>},
};

}  // namespace cuda_sim

using namespace cuda_sim;

CUDA_API long cuda_sim_live_objects() {
    long total = 0;
    for (const LiveCount& kind : KINDS) total += (long)kind.count();
    return total;
}

// The number of live objects of a kind, by its name above; -1 for an unknown name.
CUDA_API long cuda_sim_live(const char* kind) {
    for (const LiveCount& known : KINDS)
        if (!std::strcmp(known.kind, kind)) return (long)known.count();
    return -1;
}
