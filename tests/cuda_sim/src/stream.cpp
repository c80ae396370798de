#include "stream.h"

#include "entry.h"
#include "settings.h"

namespace cuda_sim {

static Stream& legacy_stream() {
    static Stream& only = *new Stream{true};
    return only;
}

Stream* stream_of(Stream* handle) {
    if (!handle || handle == (Stream*)1) return &legacy_stream();
    return Handles<Stream>::all().contains(handle) ? handle : nullptr;
}

bool run_one(Stream* stream) {
    if (stream->queue.empty()) return false;
    Operation operation = std::move(stream->queue.front());
    stream->queue.pop_front();
    // After a failed kernel the device does no more work.
    if (!sticky_error()) operation();
    return true;
}

void run_until(const Recording& recording) {
    while (!recording.done && run_one(recording.stream)) {
    }
}

void run_stream(Stream* stream) {
    while (run_one(stream)) {
    }
}

void run_legacy_stream() {
    run_stream(&legacy_stream());
    for (Stream* stream : Handles<Stream>::all())
        if (stream->blocking) run_stream(stream);
}

void run_all_streams() {
    run_stream(&legacy_stream());
    for (Stream* stream : Handles<Stream>::all()) run_stream(stream);
}

static int enqueue_legacy(Operation operation) {
    for (Stream* stream : Handles<Stream>::all())
        if (stream->blocking && stream->capture) {
            stream->capture->invalidated = true;
            return CAPTURE_IMPLICIT;
        }
    run_legacy_stream();
    if (!sticky_error()) operation();
    return SUCCESS;
}

int enqueue(Stream* stream, Operation operation) {
    if (stream == &legacy_stream()) return enqueue_legacy(std::move(operation));
    if (stream->capture) {
        if (stream->capture->invalidated) return CAPTURE_INVALIDATED;
        stream->capture->operations.push_back(std::move(operation));
        stream->captured++;
        return SUCCESS;
    }
    stream->queue.push_back(std::move(operation));
    if (!settings().lazy) run_stream(stream);
    return SUCCESS;
}

int refuse_during_capture() {
    int refused = SUCCESS;
    for (Stream* stream : Handles<Stream>::all()) {
        Capture* capture = stream->capture.get();
        if (!capture || capture->mode == 2) continue;
        if (capture->mode == 1 && capture->thread != std::this_thread::get_id()) continue;
        capture->invalidated = true;
        refused = CAPTURE_UNSUPPORTED;
    }
    return refused;
}

bool invalidate_captures() {
    bool found = false;
    for (Stream* stream : Handles<Stream>::all())
        if (stream->capture) found = stream->capture->invalidated = true;
    return found;
}

// For calls that wait for a stream or query it.
static int refuse_if_capturing(Stream* stream) {
    if (!stream->capture) return SUCCESS;
    stream->capture->invalidated = true;
    return CAPTURE_UNSUPPORTED;
}

}  // namespace cuda_sim

using namespace cuda_sim;

CUDA_API int cuStreamCreate(Stream** handle, unsigned flags) {
    ENTER(NEEDS_CONTEXT);
    if (flags > 1) return INVALID_VALUE;
    *handle = Handles<Stream>::all().create((flags & 1) == 0);
    return SUCCESS;
}

CUDA_API int cuStreamCreateWithPriority(Stream** handle, unsigned flags, int) {
    ENTER(NEEDS_CONTEXT);
    if (flags > 1) return INVALID_VALUE;
    *handle = Handles<Stream>::all().create((flags & 1) == 0);
    return SUCCESS;
}

CUDA_API int cuStreamDestroy_v2(Stream* handle) {
    ENTER_RELEASE(NEEDS_CONTEXT);
    if (!Handles<Stream>::all().contains(handle)) return INVALID_HANDLE;
    if (handle->capture) handle->capture->invalidated = true;
    run_stream(handle);
    Handles<Stream>::all().destroy(handle);
    return entry.failure();
}

CUDA_API int cuStreamSynchronize(Stream* handle) {
    ENTER(NEEDS_CONTEXT);
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    if (int refused = refuse_if_capturing(stream)) return refused;
    if (stream == stream_of(nullptr)) run_legacy_stream();
    else run_stream(stream);
    return sticky_error();
}

// Each query lets a lazy stream run one more operation, so that polling ends.
CUDA_API int cuStreamQuery(Stream* handle) {
    ENTER(NEEDS_CONTEXT);
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    if (int refused = refuse_if_capturing(stream)) return refused;
    if (run_one(stream)) return sticky_error() ? sticky_error() : NOT_READY;
    return sticky_error();
}

CUDA_API int cuStreamWaitEvent(Stream* handle, Event* event, unsigned) {
    ENTER(NEEDS_CONTEXT);
    Stream* stream = stream_of(handle);
    if (!stream || !Handles<Event>::all().contains(event)) return INVALID_HANDLE;
    std::shared_ptr<Recording> recording = event->recording;
    if (!recording) return SUCCESS;
    if (recording->capture) {
        if (stream->capture && stream->capture != recording->capture) return CAPTURE_MERGE;
        if (recording->capture->invalidated) return CAPTURE_INVALIDATED;
        stream->capture = recording->capture;
        if (stream == stream->capture->origin) recording->stream->joined = recording->captured;
        return SUCCESS;
    }
    if (stream->capture) {
        stream->capture->invalidated = true;
        return CAPTURE_ISOLATION;
    }
    return enqueue(stream, [recording] { run_until(*recording); });
}
