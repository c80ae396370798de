// Copies and fills. Device memory is host memory, so these are memcpy and memset after a check of the bounds.
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "early.h"
#include "entry.h"
#include "memory.h"
#include "settings.h"
#include "stream.h"

using namespace cuda_sim;

namespace {

void copy(void* target, const void* source, std::size_t bytes) {
    std::memmove(target, source, bytes);
    note_copied(target, bytes);
}

// A copy for which the host waits. Work that the legacy stream waits for runs first.
int copy_now(void* target, const void* source, std::size_t bytes) {
    if (int refused = refuse_during_capture()) return refused;
    run_legacy_stream();
    if (!sticky_error()) copy(target, source, bytes);
    return sticky_error();
}

int copy_queued(Stream* handle, void* target, const void* source, std::size_t bytes) {
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    return enqueue(stream, [=] { copy(target, source, bytes); });
}

}  // namespace

CUDA_API int cuMemcpyHtoD_v2(DevicePointer target, const void* source, std::size_t bytes) {
    ENTER(NEEDS_CONTEXT);
    if (!is_device_range(target, bytes)) return INVALID_VALUE;
    return copy_now((void*)target, source, bytes);
}

CUDA_API int cuMemcpyDtoH_v2(void* target, DevicePointer source, std::size_t bytes) {
    ENTER(NEEDS_CONTEXT);
    if (!is_device_range(source, bytes)) return INVALID_VALUE;
    return copy_now(target, (const void*)source, bytes);
}

CUDA_API int cuMemcpyDtoD_v2(DevicePointer target, DevicePointer source, std::size_t bytes) {
    ENTER(NEEDS_CONTEXT);
    if (!is_device_range(target, bytes) || !is_device_range(source, bytes)) return INVALID_VALUE;
    return copy_now((void*)target, (const void*)source, bytes);
}

// Pinned memory is read when the stream reaches the copy, other memory before the call returns.
CUDA_API int cuMemcpyHtoDAsync_v2(DevicePointer target, const void* source, std::size_t bytes, Stream* handle) {
    ENTER(NEEDS_CONTEXT);
    if (!is_device_range(target, bytes)) return INVALID_VALUE;
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    if (!settings().lazy || stream->capture || is_pinned(source))
        return copy_queued(handle, (void*)target, source, bytes);
    auto staged = std::make_shared<std::vector<char>>((const char*)source, (const char*)source + bytes);
    return enqueue(stream, [=] { copy((void*)target, staged->data(), staged->size()); });
}

// A copy to memory that is not pinned ends before the call returns.
CUDA_API int cuMemcpyDtoHAsync_v2(void* target, DevicePointer source, std::size_t bytes, Stream* handle) {
    ENTER(NEEDS_CONTEXT);
    if (!is_device_range(source, bytes)) return INVALID_VALUE;
    int result = copy_queued(handle, target, (const void*)source, bytes);
    if (result == SUCCESS && !is_pinned(target) && !stream_of(handle)->capture) run_stream(stream_of(handle));
    return result;
}

CUDA_API int cuMemcpyDtoDAsync_v2(DevicePointer target, DevicePointer source, std::size_t bytes, Stream* handle) {
    ENTER(NEEDS_CONTEXT);
    if (!is_device_range(target, bytes) || !is_device_range(source, bytes)) return INVALID_VALUE;
    return copy_queued(handle, (void*)target, (const void*)source, bytes);
}

CUDA_API int cuMemsetD8Async(DevicePointer target, unsigned char value, std::size_t count, Stream* handle) {
    ENTER(NEEDS_CONTEXT);
    if (!is_device_range(target, count)) return INVALID_VALUE;
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    return enqueue(stream, [=] {
        std::memset((void*)target, value, count);
        note_filled((void*)target, count);
    });
}

CUDA_API int cuMemsetD32Async(DevicePointer target, unsigned value, std::size_t count, Stream* handle) {
    ENTER(NEEDS_CONTEXT);
    if (target % 4 || !is_device_range(target, count * 4)) return INVALID_VALUE;
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    return enqueue(stream, [=] {
        for (std::size_t i = 0; i < count; i++) ((std::uint32_t*)target)[i] = value;
        note_filled((void*)target, count * 4);
    });
}

CUDA_API int cuMemsetD2D8Async(DevicePointer target, std::size_t pitch, unsigned char value, std::size_t width,
                               std::size_t height, Stream* handle) {
    ENTER(NEEDS_CONTEXT);
    if (height && (width > pitch || !is_device_range(target, (height - 1) * pitch + width))) return INVALID_VALUE;
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    return enqueue(stream, [=] {
        for (std::size_t row = 0; row < height; row++) std::memset((char*)target + row * pitch, value, width);
        if (height) note_filled((void*)target, (height - 1) * pitch + width);
    });
}
