// Runs the threads of one block as fibers, with barriers between them.
#pragma once
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "cuda_sim/abi.h"
#include "fiber.h"
#include "warp.h"

namespace cuda_sim {

// The choice of the next thread. Results must not depend on it.
enum class Schedule { OLDEST_FIRST, NEWEST_FIRST, RANDOM };

struct KernelCall {
    Function kernel;
    Thunk thunk;
    void** arguments;
    dim3 grid, block;
    bool copy_at_wait;
    bool must_wait;  // for the kernels before it, because it may begin before they have ended
    bool early;      // this block has begun early: memory that changes is hidden until all its threads wait
};

class Block {
public:
    // Runs all threads of block `index`. Returns an empty text, or the error.
    std::string run(const KernelCall& call, uint3 index, unsigned char* dynamic_shared);
    void set_schedule(Schedule schedule, unsigned seed);
    long switches() const { return _switches; }

    void sync_threads(Site site);
    void wait_for_dependencies(Site site);
    // One lane's part in a warp operation. Returns when all lanes of the mask have arrived.
    void join_warp(unsigned mask, WarpOperation operation, void* argument, const char* what, Site site);
    void sync_warp(unsigned mask, Site site);
    // Ends the kernel from within one of its threads.
    [[noreturn]] void fail(const std::string& message);

    // The current block. Blocks run one at a time.
    static Block& current();

private:
    enum class Status { NEW, READY, WAITS, DONE };

    // Small, because a switch touches the data of two threads.
    struct Thread {
        ThreadState state;
        Fiber* fiber;
        Status status;
        bool waited;  // for dependencies
        const char* waits_for;
        Site waits_at;
    };

    static void fiber_entry();
    void run_threads();
    void grow(int count);
    void begin(uint3 index, unsigned char* dynamic_shared);
    void leave(bool for_ever);
    void go_to(Fiber& from, int thread, bool for_ever);
    void wake(int thread);
    int next_ready();
    std::string describe_waiting() const;

    const KernelCall* _call = nullptr;
    Fiber _host;
    // Grow to the largest block seen.
    std::vector<Thread> _threads;
    std::vector<std::unique_ptr<Fiber>> _fibers;
    std::vector<std::unique_ptr<AsyncCopies>> _copies;
    dim3 _numbered = {0, 0, 0};  // the block size of the threads' numbers
    std::vector<Warp> _warps;
    int _count = 0, _done = 0, _running = 0;
    long _switches = 0;

    Schedule _schedule = Schedule::OLDEST_FIRST;
    std::mt19937 _random;
    static constexpr unsigned RING = 2048;  // at least twice the threads of a block
    int _ready[RING];
    unsigned _ready_begin = 0, _ready_end = 0;

    int _at_dependencies = 0;
    int _at_barrier = 0;
    Site _barrier_site = {};
    unsigned _barrier_generation = 0;
    char _barrier_sync[2];  // their addresses are the barrier for TSan
    char _start_sync, _end_sync;
    std::string _error;
};

}  // namespace cuda_sim
