#include "kernel.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>

#include "early.h"
#include "entry.h"
#include "memory.h"
#include "module.h"
#include "sanitizers.h"
#include "settings.h"

namespace cuda_sim {

static constexpr unsigned char UNSET = 0xff;  // NaN in every element type
static constexpr unsigned char FENCE = 0xa5;
static constexpr std::size_t FENCE_BYTES = 256;

static std::string failure;
static const Module* running_module;
static unsigned char* dynamic_begin;
static std::size_t dynamic_bytes;

const std::string& last_failure() { return failure; }

// Dynamic shared memory. Under ASan it has the exact size, so that ASan sees an overrun; else it is between fences that
// are checked afterwards.
class DynamicShared {
public:
    explicit DynamicShared(std::size_t bytes) : _bytes(bytes) {
        if (has_asan()) {
            if (bytes && posix_memalign((void**)&_memory, 128, bytes)) std::abort();
        } else {
            static unsigned char* buffer = (unsigned char*)std::aligned_alloc(128, SHARED_OPT_IN + FENCE_BYTES);
            _memory = buffer;
            std::memset(_memory + bytes, FENCE, FENCE_BYTES);
        }
        dynamic_begin = _memory;
        dynamic_bytes = bytes;
    }
    DynamicShared(const DynamicShared&) = delete;
    ~DynamicShared() {
        if (has_asan()) std::free(_memory);
        dynamic_begin = nullptr;
        dynamic_bytes = 0;
    }

    unsigned char* fill() {
        if (_bytes) std::memset(_memory, UNSET, _bytes);
        return _memory;
    }

    bool is_overrun() const {
        if (has_asan()) return false;
        for (std::size_t i = 0; i < FENCE_BYTES; i++)
            if (_memory[_bytes + i] != FENCE) return true;
        return false;
    }

private:
    unsigned char* _memory = nullptr;
    std::size_t _bytes;
};

bool is_shared(const void* address, std::size_t bytes) {
    const unsigned char* at = (const unsigned char*)address;
    if (dynamic_begin && at >= dynamic_begin && at + bytes <= dynamic_begin + dynamic_bytes) return true;
    if (has_asan()) return true;  // statics may be anywhere then
    const char *begin = running_module->shared_begin, *end = running_module->shared_end;
    return (const char*)at >= begin && (const char*)at + bytes <= end;
}

static void report(const Launch& launch, const std::string& message) {
    failure = "kernel " + launch.kernel->name + ": " + message;
    std::fprintf(stderr, "cuda_sim: %s\n", failure.c_str());
    set_sticky_error(LAUNCH_FAILED);
}

static std::vector<long> block_order(long count, Schedule schedule, unsigned seed) {
    std::vector<long> order((std::size_t)count);
    std::iota(order.begin(), order.end(), 0l);
    if (schedule == Schedule::NEWEST_FIRST) std::reverse(order.begin(), order.end());
    if (schedule == Schedule::RANDOM) std::shuffle(order.begin(), order.end(), std::mt19937(seed));
    return order;
}

static void run_once(const Launch& launch, Schedule schedule, unsigned seed, bool copy_at_wait) {
    const Kernel& kernel = *launch.kernel;
    const dim3& grid = launch.grid;
    KernelCall call = {
        kernel.function, kernel.thunk, const_cast<void**>(launch.arguments.data()), grid, launch.block, copy_at_wait,
        launch.overlaps, false};
    Block& block = Block::current();
    block.set_schedule(schedule, seed);
    running_module = kernel.module;
    DynamicShared dynamic(launch.dynamic_shared);
    long blocks = (long)grid.x * grid.y * grid.z;
    std::vector<long> order;
    if (schedule != Schedule::OLDEST_FIRST) order = block_order(blocks, schedule, seed);
    for (long i = 0; i < blocks; i++) {
        long n = order.empty() ? i : order[(std::size_t)i];
        uint3 index = {(unsigned)(n % grid.x), (unsigned)(n / grid.x % grid.y), (unsigned)(n / grid.x / grid.y)};
        // Under ASan the statics have redzones between them, so they are not filled.
        if (kernel.module->shared_begin && !has_asan())
            std::memset(kernel.module->shared_begin, UNSET,
                        (std::size_t)(kernel.module->shared_end - kernel.module->shared_begin));
        // The first block begins early. Its cp.async then copies at once.
        call.early = i == 0 && launch.overlaps && settings().early;
        call.copy_at_wait = copy_at_wait && !call.early;
        if (call.early) hide_changing_memory();
        std::string error = block.run(call, index, dynamic.fill());
        if (call.early) reveal_changing_memory();
        if (error.empty() && dynamic.is_overrun()) error = "writes beyond its dynamic shared memory";
        if (error.empty()) continue;
        report(launch, "block (" + std::to_string(index.x) + ", " + std::to_string(index.y) + ", " +
                           std::to_string(index.z) + "): " + error);
        return;
    }
}

// Three schedules must write the same bytes. In one of them cp.async copies at once, in the others at the wait.
static void run_for_races(const Launch& launch) {
    Snapshot before = Snapshot::take(), first;
    for (int round = 0; round < 3; round++) {
        if (round) before.restore();
        run_once(launch, (Schedule)round, settings().seed + (unsigned)round, round != 1);
        if (sticky_error()) return;
        if (round == 0) {
            first = Snapshot::take();
            continue;
        }
        std::string difference = first.difference();
        if (difference.empty()) continue;
        report(launch, "race: schedules 0 and " + std::to_string(round) + " differ at " + difference);
        return;
    }
}

void run_launch(const Launch& launch) {
    auto begin = std::chrono::steady_clock::now();
    long switches = Block::current().switches();
    if (settings().race) run_for_races(launch);
    else run_once(launch, (Schedule)settings().schedule, settings().seed, true);
    note_kernel_ended();
    if (!settings().trace) return;
    std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - begin;
    std::fprintf(stderr, "cuda_sim: %-24s grid %u,%u,%u block %u,%u,%u shared %u: %.3f ms, %ld switches\n",
                 launch.kernel->name.c_str(), launch.grid.x, launch.grid.y, launch.grid.z, launch.block.x,
                 launch.block.y, launch.block.z, launch.dynamic_shared, elapsed.count(),
                 Block::current().switches() - switches);
}

}  // namespace cuda_sim

CUDA_API bool cuda_sim_is_shared(const void* address, std::size_t bytes) {
    return cuda_sim::is_shared(address, bytes);
}

// The message of the latest failed kernel; empty if there is none.
CUDA_API const char* cuda_sim_last_failure() { return cuda_sim::last_failure().c_str(); }
