#include <chrono>

#include "entry.h"
#include "settings.h"
#include "stream.h"

using namespace cuda_sim;

namespace {

// The device's clock: the host's, or one that only recordings advance.
struct Pace {
    bool on = false;
    long recordings = 0;
    double milliseconds = 0;
};

Pace pace;

double milliseconds_now() {
    if (pace.on) return pace.milliseconds += 1e-3 * ++pace.recordings;
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(now).count();
}

int refuse_captured(const Event* event) {
    if (!event->recording || !event->recording->capture) return SUCCESS;
    event->recording->capture->invalidated = true;
    return CAPTURED_EVENT;
}

}  // namespace

CUDA_API int cuEventCreate(Event** handle, unsigned flags) {
    ENTER(NEEDS_CONTEXT);
    *handle = Handles<Event>::all().create((flags & 2) == 0);
    return SUCCESS;
}

CUDA_API int cuEventDestroy_v2(Event* handle) {
    ENTER_RELEASE(NEEDS_CONTEXT);
    if (!Handles<Event>::all().contains(handle)) return INVALID_HANDLE;
    Handles<Event>::all().destroy(handle);
    return entry.failure();
}

CUDA_API int cuEventRecord(Event* event, Stream* handle) {
    ENTER(NEEDS_CONTEXT);
    Stream* stream = stream_of(handle);
    if (!stream || !Handles<Event>::all().contains(event)) return INVALID_HANDLE;
    auto recording = std::make_shared<Recording>(Recording{stream, stream->capture, stream->captured, false, 0});
    if (stream->capture) {
        if (stream->capture->invalidated) return CAPTURE_INVALIDATED;
        event->recording = recording;
        return SUCCESS;
    }
    event->recording = recording;
    return enqueue(stream, [recording] {
        recording->milliseconds = milliseconds_now();
        recording->done = true;
    });
}

CUDA_API int cuEventSynchronize(Event* event) {
    ENTER(NEEDS_CONTEXT);
    if (!Handles<Event>::all().contains(event)) return INVALID_HANDLE;
    if (int refused = refuse_captured(event)) return refused;
    if (event->recording && !event->recording->done) run_until(*event->recording);
    return sticky_error();
}

CUDA_API int cuEventQuery(Event* event) {
    ENTER(NEEDS_CONTEXT);
    if (!Handles<Event>::all().contains(event)) return INVALID_HANDLE;
    if (int refused = refuse_captured(event)) return refused;
    if (!event->recording || event->recording->done) return sticky_error();
    run_one(event->recording->stream);
    return sticky_error() ? sticky_error() : NOT_READY;
}

CUDA_API int cuEventElapsedTime(float* milliseconds, Event* begin, Event* end) {
    ENTER(NEEDS_CONTEXT);
    if (!Handles<Event>::all().contains(begin) || !Handles<Event>::all().contains(end)) return INVALID_HANDLE;
    for (const Event* event : {begin, end}) {
        if (!event->timing || !event->recording || event->recording->capture) return INVALID_HANDLE;
        if (!event->recording->done) return NOT_READY;
    }
    *milliseconds = (float)(end->recording->milliseconds - begin->recording->milliseconds);
    return SUCCESS;
}

CUDA_API int cuEventElapsedTime_v2(float* milliseconds, Event* begin, Event* end) {
    return cuEventElapsedTime(milliseconds, begin, end);
}

// With 1, the nth recording from now on is n microseconds after the previous one, independent of the real time. With 0,
// recordings have the host's time again.
CUDA_API int cuda_sim_pace_events(int on) {
    ENTER(NEEDS_NOTHING);
    pace = Pace{on != 0};
    return SUCCESS;
}
