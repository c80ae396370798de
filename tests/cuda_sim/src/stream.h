// Streams are queues of operations. They run at once, or (lazily) when somebody waits for them.
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

// A capture under way: what its streams would have done.
struct Capture {
    std::vector<Operation> operations;
    Stream* origin;
    int mode;  // 0 global, 1 thread, 2 relaxed: who may not call what meanwhile
    std::thread::id thread;
    bool invalidated;
};

struct Stream {
    bool blocking;  // waits for the legacy stream, and it for this one
    std::deque<Operation> queue = {};
    std::shared_ptr<Capture> capture = {};
    // In a capture: operations since the last event of this stream that the origin waited for.
    long captured = 0, joined = 0;
};

// One recording of an event.
struct Recording {
    Stream* stream;
    std::shared_ptr<Capture> capture;
    long captured;  // operations of the stream's capture before it
    bool done;
    double milliseconds;
};

struct Event {
    bool timing;
    std::shared_ptr<Recording> recording = {};
};

// The stream that a handle means, or null for a bad one; 0 is the legacy stream.
Stream* stream_of(Stream* handle);
// Queues the operation, or adds it to the stream's capture. 0, or why not.
int enqueue(Stream* stream, Operation operation);
// Runs the next operation of the stream; whether there was one.
bool run_one(Stream* stream);
// Runs a stream up to the recording of an event.
void run_until(const Recording& recording);
// Runs what the stream has queued.
void run_stream(Stream* stream);
void run_all_streams();
// Work that the host waits for: the legacy stream and those that it blocks.
void run_legacy_stream();

// For calls that are not allowed while any stream captures (by the capture's mode): invalidates it. 0, or the error.
int refuse_during_capture();
// Invalidates every capture; whether there was one.
bool invalidate_captures();

}  // namespace cuda_sim
