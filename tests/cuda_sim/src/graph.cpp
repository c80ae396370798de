#include "graph.h"

#include "entry.h"

using namespace cuda_sim;

namespace {

// Removes all streams from the capture. Returns whether the origin has waited for all of them.
bool end_capture(const std::shared_ptr<Capture>& capture) {
    bool joined = true;
    for (Stream* stream : Handles<Stream>::all()) {
        if (stream->capture != capture) continue;
        if (stream != capture->origin && stream->captured > stream->joined) joined = false;
        stream->capture = nullptr;
        stream->captured = stream->joined = 0;
    }
    return joined;
}

}  // namespace

CUDA_API int cuStreamBeginCapture_v2(Stream* stream, int mode) {
    ENTER(NEEDS_CONTEXT);
    if (stream_of(stream) == stream_of(nullptr)) return CAPTURE_UNSUPPORTED;
    if (!stream_of(stream)) return INVALID_HANDLE;
    if (mode < 0 || mode > 2 || stream->capture) return INVALID_VALUE;
    stream->capture = std::make_shared<Capture>(Capture{{}, stream, mode, std::this_thread::get_id(), false});
    stream->captured = stream->joined = 0;
    return SUCCESS;
}

CUDA_API int cuStreamEndCapture(Stream* stream, Graph** graph) {
    ENTER_RELEASE(NEEDS_CONTEXT);
    *graph = nullptr;
    if (!stream_of(stream)) return INVALID_HANDLE;
    std::shared_ptr<Capture> capture = stream->capture;
    if (!capture) return INVALID_VALUE;
    if (capture->origin != stream) return CAPTURE_UNMATCHED;
    if (capture->mode != 2 && capture->thread != std::this_thread::get_id()) return CAPTURE_WRONG_THREAD;
    bool joined = end_capture(capture);
    if (entry.failure()) return entry.failure();
    if (capture->invalidated) return CAPTURE_INVALIDATED;
    if (!joined) return CAPTURE_UNJOINED;
    auto operations = std::make_shared<const std::vector<Operation>>(std::move(capture->operations));
    *graph = Handles<Graph>::all().create(std::move(operations));
    return SUCCESS;
}

CUDA_API int cuStreamIsCapturing(Stream* stream, int* status) {
    ENTER(NEEDS_CONTEXT);
    Stream* found = stream_of(stream);
    if (!found) return INVALID_HANDLE;
    *status = !found->capture ? 0 : found->capture->invalidated ? 2 : 1;
    return SUCCESS;
}

CUDA_API int cuGraphInstantiateWithFlags(ExecutableGraph** executable, Graph* graph, unsigned long long) {
    ENTER(NEEDS_CONTEXT);
    if (!Handles<Graph>::all().contains(graph)) return INVALID_VALUE;
    *executable = Handles<ExecutableGraph>::all().create(graph->operations);
    return SUCCESS;
}

CUDA_API int cuGraphUpload(ExecutableGraph* executable, Stream* stream) {
    ENTER(NEEDS_CONTEXT);
    if (!Handles<ExecutableGraph>::all().contains(executable)) return INVALID_VALUE;
    return stream_of(stream) ? SUCCESS : INVALID_HANDLE;
}

CUDA_API int cuGraphLaunch(ExecutableGraph* executable, Stream* handle) {
    ENTER(NEEDS_CONTEXT);
    if (!Handles<ExecutableGraph>::all().contains(executable)) return INVALID_VALUE;
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    Operations operations = executable->operations;
    return enqueue(stream, [operations] {
        for (const Operation& operation : *operations)
            if (!sticky_error()) operation();
    });
}

CUDA_API int cuGraphDestroy(Graph* graph) {
    ENTER_RELEASE(NEEDS_CONTEXT);
    if (!Handles<Graph>::all().contains(graph)) return INVALID_VALUE;
    Handles<Graph>::all().destroy(graph);
    return entry.failure();
}

CUDA_API int cuGraphExecDestroy(ExecutableGraph* executable) {
    ENTER_RELEASE(NEEDS_CONTEXT);
    if (!Handles<ExecutableGraph>::all().contains(executable)) return INVALID_VALUE;
    Handles<ExecutableGraph>::all().destroy(executable);
    return entry.failure();
}
