// Streams are queues of operations. They run at once, or, if lazy, when they are waited for.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "handles.h"

namespace cuda_sim {

typedef std::function<void()> Operation;

struct Stream;

// An active capture: the operations of its streams.
struct Capture {
    std::vector<Operation> operations;
    Stream* origin;
    int mode;  // 0 global, 1 thread, 2 relaxed: restricts calls of other threads meanwhile
    std::thread::id thread;
    bool invalidated;
};

struct Stream {
    bool blocking;  // it and the legacy stream wait for each other
    std::deque<Operation> queue = {};
    std::shared_ptr<Capture> capture = {};
    // In a capture: the operations so far, and those that the origin has waited for.
    long captured = 0, joined = 0;
};

// One recording of an event.
struct Recording {
    Stream* stream;
    std::shared_ptr<Capture> capture;
    long captured;  // operations of the stream in the capture before it
    bool done;
    double milliseconds;
};

struct Event {
    bool timing;
    std::shared_ptr<Recording> recording = {};
};

// The stream of a handle; 0 is the legacy stream. Null for an invalid handle.
Stream* stream_of(Stream* handle);
// Queues the operation, or adds it to the stream's capture. Returns 0 or the error.
int enqueue(Stream* stream, Operation operation);
// Runs the next operation of the stream. Returns whether there was one.
bool run_one(Stream* stream);
// Runs a stream up to the recording of an event.
void run_until(const Recording& recording);
// Runs all queued operations of the stream.
void run_stream(Stream* stream);
void run_all_streams();
// Runs the legacy stream and those that it blocks, for which the host waits.
void run_legacy_stream();

// For calls that a capture's mode forbids: invalidates the capture. Returns 0 or the error.
int refuse_during_capture();
// Invalidates every capture. Returns whether there was one.
bool invalidate_captures();

}  // namespace cuda_sim
