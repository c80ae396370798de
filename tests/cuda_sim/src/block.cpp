#include "block.h"

#include <algorithm>
#include <cstdlib>

#include "early.h"
#include "sanitizers.h"

__attribute__((visibility("default"))) cuda_sim::ThreadState* cuda_sim_thread = nullptr;

namespace cuda_sim {

Block& Block::current() {
    static Block& only = *new Block();
    return only;
}

void Block::set_schedule(Schedule schedule, unsigned seed) {
    _schedule = schedule;
    _random.seed(seed);
}

std::string Block::run(const KernelCall& call, uint3 index, unsigned char* dynamic_shared) {
    _call = &call;
    begin(index, dynamic_shared);
    tsan_release(&_start_sync);
    go_to(_host, next_ready(), false);
    tsan_acquire(&_end_sync);
    cuda_sim_thread = nullptr;
    if (_error.empty() && _done != _count) _error = describe_waiting();
    return std::move(_error);
}

void Block::grow(int count) {
    for (int i = (int)_fibers.size(); i < count; i++) {
        _fibers.emplace_back(new Fiber(i));
        _copies.emplace_back(new AsyncCopies());
    }
    if ((int)_threads.size() < count) _threads.resize((std::size_t)count);
    for (int i = 0; i < count; i++) {
        ThreadState& state = _threads[(std::size_t)i].state;
        unsigned n = (unsigned)i;
        state.thread_index = {n % _numbered.x, n / _numbered.x % _numbered.y, n / _numbered.x / _numbered.y};
        state.block_size = _numbered;
        state.lane = n % 32;
        state.copies = _copies[n].get();
    }
}

void Block::begin(uint3 index, unsigned char* dynamic_shared) {
    const dim3& block = _call->block;
    _count = (int)(block.x * block.y * block.z);
    _done = _at_barrier = _at_dependencies = 0;
    _ready_begin = _ready_end = 0;
    _error.clear();
    if (block.x != _numbered.x || block.y != _numbered.y || block.z != _numbered.z) {
        _numbered = block;
        grow(_count);
    }
    _warps.resize(((std::size_t)_count + 31) / 32);
    for (std::size_t w = 0; w < _warps.size(); w++) _warps[w].reset(std::min(32, _count - (int)w * 32));
    for (int i = 0; i < _count; i++) {
        Thread& thread = _threads[(std::size_t)i];
        ThreadState& state = thread.state;
        state.block_index = index;
        state.grid_size = _call->grid;
        state.dynamic_shared = dynamic_shared;
        state.copy_at_wait = _call->copy_at_wait;
        state.copies->count = state.copies->group = 0;
        thread.fiber = _fibers[(std::size_t)i].get();
        thread.status = Status::NEW;
        thread.waited = false;
        _ready[_ready_end++] = i;
    }
}

void Block::fiber_entry() {
    Fiber::entered();
    current().run_threads();
    std::abort();
}

// Runs the chosen thread and, when it has ended, switches to the next. A thread that has not begun runs here, on a warm
// stack, but not under TSan, which would treat the two as one thread.
void Block::run_threads() {
    for (;;) {
        tsan_acquire(&_start_sync);
        _call->thunk(_call->kernel, _call->arguments);
        tsan_release(&_end_sync);
        Thread& ended = _threads[(std::size_t)_running];
        ended.status = Status::DONE;
        _done++;
        if (_call->must_wait && !ended.waited)
            fail("thread " + std::to_string(_running) + " has ended without wait_for_dependencies");
        if (_at_barrier && _at_barrier + _done == _count)
            fail(std::to_string(_done) + " threads have ended while " + std::to_string(_at_barrier) +
                 " wait at __syncthreads " + text_of(_barrier_site));
        int next = _error.empty() ? next_ready() : -1;
        bool here = next >= 0 && !has_tsan() && _threads[(std::size_t)next].status == Status::NEW;
        if (!here) {
            go_to(*ended.fiber, next, true);
            std::abort();
        }
        Thread& begun = _threads[(std::size_t)next];
        std::swap(begun.fiber, ended.fiber);
        begun.status = Status::READY;
        _running = next;
        cuda_sim_thread = &begun.state;
    }
}

// Switches to a thread, or to the host if there is none.
void Block::go_to(Fiber& from, int thread, bool for_ever) {
    _switches++;
    if (thread < 0) {
        from.switch_to(_host, for_ever);
        return;
    }
    Thread& chosen = _threads[(std::size_t)thread];
    if (chosen.status == Status::NEW) {
        chosen.status = Status::READY;
        chosen.fiber->begin_at(fiber_entry);
    }
    _running = thread;
    cuda_sim_thread = &chosen.state;
    from.switch_to(*chosen.fiber, for_ever);
}

// Switches to another thread. Returns when this one is woken and chosen.
void Block::leave(bool for_ever) {
    Fiber& own = *_threads[(std::size_t)_running].fiber;
    go_to(own, _error.empty() ? next_ready() : -1, for_ever);
}

void Block::wake(int thread) {
    _threads[(std::size_t)thread].status = Status::READY;
    _ready[_ready_end++ % RING] = thread;
}

int Block::next_ready() {
    unsigned waiting = _ready_end - _ready_begin;
    if (!waiting) return -1;
    if (_schedule == Schedule::OLDEST_FIRST) return _ready[_ready_begin++ % RING];
    unsigned newest = _ready_end - 1;
    unsigned chosen = _schedule == Schedule::NEWEST_FIRST ? newest : _ready_begin + (unsigned)(_random() % waiting);
    std::swap(_ready[chosen % RING], _ready[newest % RING]);
    return _ready[--_ready_end % RING];
}

void Block::fail(const std::string& message) {
    if (_error.empty()) _error = message;
    leave(true);
    std::abort();
}

void Block::sync_threads(Site site) {
    if (_at_barrier && !same_site(_barrier_site, site))
        fail("divergent __syncthreads: " + text_of(_barrier_site) + " and " + text_of(site));
    _barrier_site = site;
    char* sync = &_barrier_sync[_barrier_generation & 1];
    tsan_release(sync);
    if (++_at_barrier == _count) {
        _at_barrier = 0;
        _barrier_generation++;
        for (int i = 0; i < _count; i++)
            if (i != _running) wake(i);
    } else {
        Thread& self = _threads[(std::size_t)_running];
        self.status = Status::WAITS;
        self.waits_for = "__syncthreads";
        self.waits_at = site;
        if (_done && _at_barrier + _done == _count)
            fail(std::to_string(_done) + " threads ended before __syncthreads " + text_of(site));
        leave(false);
    }
    tsan_acquire(sync);
}

// In a block that has begun early, all threads must arrive here before one continues. This models the end of the
// kernels before.
void Block::wait_for_dependencies(Site site) {
    Thread& self = _threads[(std::size_t)_running];
    if (self.waited) return;
    self.waited = true;
    if (!_call->early) return;
    if (++_at_dependencies < _count) {
        self.status = Status::WAITS;
        self.waits_for = "wait_for_dependencies";
        self.waits_at = site;
        leave(false);
        return;
    }
    std::string written = reveal_changing_memory();
    if (!written.empty()) fail("writes before wait_for_dependencies " + text_of(site) + ": " + written);
    for (int i = 0; i < _count; i++)
        if (i != _running) wake(i);
}

void Block::join_warp(unsigned mask, WarpOperation operation, void* argument, const char* what, Site site) {
    Thread& self = _threads[(std::size_t)_running];
    Warp& warp = _warps[(std::size_t)_running / 32];
    unsigned bit = 1u << self.state.lane;
    if (!(mask & bit)) fail(what + (" " + text_of(site)) + ": lane " + std::to_string(self.state.lane) +
                            " is not in its own mask");
    if (warp.lanes < 32 && mask >> warp.lanes)
        fail(what + (" " + text_of(site)) + ": the mask names lanes that the warp does not have");
    Warp::Meeting& meeting = warp.meeting(mask, operation, site);
    if (meeting.operation != operation || !same_site(meeting.site, site))
        fail("divergent warp: lane " + std::to_string(self.state.lane) + " at " + what + " " + text_of(site) +
             ", others at " + text_of(meeting.site));
    char* sync = &meeting.sync[meeting.generation & 1];
    bool orders_memory = !operation;
    if (orders_memory) tsan_release(sync);
    warp.arguments[self.state.lane] = argument;
    meeting.arrived |= bit;
    if (meeting.arrived == mask) {
        if (operation) operation(warp.arguments, mask);
        meeting.arrived = 0;
        meeting.generation++;
        int first = _running & ~31;
        for (int lane = 0; lane < 32; lane++)
            if ((mask & ~bit) >> lane & 1) wake(first + lane);
    } else {
        self.status = Status::WAITS;
        self.waits_for = what;
        self.waits_at = site;
        leave(false);
    }
    if (orders_memory) tsan_acquire(sync);
}

void Block::sync_warp(unsigned mask, Site site) { join_warp(mask, nullptr, nullptr, "__syncwarp", site); }

std::string Block::describe_waiting() const {
    std::string text = "deadlock:";
    int listed = 0;
    for (int i = 0; i < _count && listed < 6; i++) {
        const Thread& thread = _threads[(std::size_t)i];
        if (thread.status != Status::WAITS) continue;
        text += " [thread " + std::to_string(i) + " waits at " + thread.waits_for + " " +
                text_of(thread.waits_at) + "]";
        listed++;
    }
    return text + " [" + std::to_string(_done) + " of " + std::to_string(_count) + " threads ended]";
}

}  // namespace cuda_sim
