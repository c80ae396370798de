#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "early.h"
#include "entry.h"
#include "sanitizers.h"
#include "settings.h"
#include "stream.h"

namespace cuda_sim {

static constexpr std::size_t ALIGNMENT = 256;
static constexpr std::size_t CHUNK = 64 << 20;  // from here on memory is mapped, and only written pages cost memory

struct DeviceMemory {
    std::map<DevicePointer, std::size_t> allocations;
    std::map<void*, std::size_t> pinned;
    std::size_t used = 0;
};

static DeviceMemory& memory() {
    static DeviceMemory& only = *new DeviceMemory();
    return only;
}

static std::size_t rounded(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

// A file of NaN. Large allocations are private mappings of it.
static int unset_file() {
    static int file = -1;
    if (file >= 0) return file;
    file = memfd_create("cuda_sim_unset", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, CHUNK)) std::abort();
    void* bytes = mmap(nullptr, CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (bytes == MAP_FAILED) std::abort();
    std::memset(bytes, 0xff, CHUNK);
    munmap(bytes, CHUNK);
    return file;
}

static void* map_large(std::size_t bytes) {
    std::size_t length = rounded(bytes, CHUNK);
    char* base = (char*)mmap(nullptr, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return nullptr;
    for (std::size_t at = 0; at < length; at += CHUNK)
        if (mmap(base + at, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, unset_file(), 0) ==
            MAP_FAILED) {
            munmap(base, length);
            return nullptr;
        }
    return base;
}

static bool is_mapped(std::size_t bytes) { return bytes >= CHUNK && !has_asan(); }

// After each allocation there are bytes that nobody may change. Not under ASan, whose redzone begins there.
static constexpr std::size_t FENCE_BYTES = 256;
static constexpr int FENCE = 0xa5;

static std::size_t fence_bytes() { return has_asan() ? 0 : FENCE_BYTES; }

static void* obtain(std::size_t bytes) {
    if (is_mapped(bytes)) return map_large(bytes);
    void* address = nullptr;
    if (posix_memalign(&address, ALIGNMENT, bytes + fence_bytes())) return nullptr;
    std::memset(address, 0xff, bytes);
    std::memset((char*)address + bytes, FENCE, fence_bytes());
    return address;
}

static bool is_overrun(const void* address, std::size_t bytes) {
    if (is_mapped(bytes)) return false;
    const unsigned char* fence = (const unsigned char*)address + bytes;
    for (std::size_t i = 0; i < fence_bytes(); i++)
        if (fence[i] != FENCE) return true;
    return false;
}

static void give_back(void* address, std::size_t bytes) {
    if (is_mapped(bytes)) {
        munmap(address, rounded(bytes, CHUNK));
        return;
    }
    // Later reads get NaN, until the memory is allocated again.
    std::memset(address, 0xff, bytes);
    std::free(address);
}

static bool is_within(std::uint64_t begin, std::size_t size, std::uint64_t address, std::size_t bytes) {
    return address >= begin && address - begin <= size && bytes <= size - (address - begin);
}

bool is_device_range(DevicePointer address, std::size_t bytes) {
    auto after = memory().allocations.upper_bound(address);
    if (after == memory().allocations.begin()) return false;
    --after;
    return is_within(after->first, after->second, address, bytes);
}

bool is_pinned(const void* address) {
    auto after = memory().pinned.upper_bound(const_cast<void*>(address));
    if (after == memory().pinned.begin()) return false;
    --after;
    return is_within((std::uint64_t)after->first, after->second, (std::uint64_t)address, 1);
}

std::size_t device_allocations() { return memory().allocations.size(); }
std::size_t pinned_allocations() { return memory().pinned.size(); }

Snapshot Snapshot::take() {
    Snapshot snapshot;
    for (const auto& [address, bytes] : memory().allocations)
        snapshot._bytes[address].assign((char*)address, (char*)address + bytes);
    return snapshot;
}

void Snapshot::restore() const {
    for (const auto& [address, bytes] : _bytes) std::memcpy((void*)address, bytes.data(), bytes.size());
}

std::string Snapshot::difference() const {
    for (const auto& [address, bytes] : _bytes) {
        const char* now = (const char*)address;
        if (!std::memcmp(now, bytes.data(), bytes.size())) continue;
        std::size_t at = 0;
        while (now[at] == bytes[at]) at++;
        return "byte " + std::to_string(at) + " of an allocation of " + std::to_string(bytes.size());
    }
    return "";
}

}  // namespace cuda_sim

using namespace cuda_sim;

CUDA_API int cuMemAlloc_v2(DevicePointer* address, std::size_t bytes) {
    ENTER(NEEDS_CONTEXT);
    if (!bytes) return INVALID_VALUE;
    if (int refused = refuse_during_capture()) return refused;
    if (bytes > settings().memory || memory().used > settings().memory - bytes) return OUT_OF_MEMORY;
    void* obtained = obtain(bytes);
    if (!obtained) return OUT_OF_MEMORY;
    *address = (DevicePointer)obtained;
    memory().allocations[*address] = bytes;
    memory().used += bytes;
    note_allocated(*address, bytes);
    return SUCCESS;
}

CUDA_API int cuMemFree_v2(DevicePointer address) {
    ENTER_RELEASE(NEEDS_CONTEXT);
    if (!address) return entry.failure();
    if (int refused = refuse_during_capture()) return refused;
    run_all_streams();
    auto found = memory().allocations.find(address);
    if (found == memory().allocations.end()) return INVALID_VALUE;
    memory().used -= found->second;
    if (is_overrun((void*)address, found->second)) {
        std::fprintf(stderr, "cuda_sim: something wrote beyond an allocation of %zu bytes\n", found->second);
        set_sticky_error(ILLEGAL_ADDRESS);
    }
    note_freed(address);
    give_back((void*)address, found->second);
    memory().allocations.erase(found);
    return entry.failure() ? entry.failure() : sticky_error();
}

CUDA_API int cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
    ENTER(NEEDS_CONTEXT);
    *total = settings().memory;
    *free = settings().memory - memory().used;
    return SUCCESS;
}

CUDA_API int cuMemHostAlloc(void** address, std::size_t bytes, unsigned) {
    ENTER(NEEDS_CONTEXT);
    if (!bytes) return INVALID_VALUE;
    if (int refused = refuse_during_capture()) return refused;
    *address = nullptr;
    if (posix_memalign(address, 4096, bytes)) return OUT_OF_MEMORY;
    memory().pinned[*address] = bytes;
    return SUCCESS;
}

CUDA_API int cuMemFreeHost(void* address) {
    ENTER_RELEASE(NEEDS_CONTEXT);
    if (int refused = refuse_during_capture()) return refused;
    run_all_streams();
    auto found = memory().pinned.find(address);
    if (found == memory().pinned.end()) return INVALID_VALUE;
    memory().pinned.erase(found);
    std::free(address);
    return entry.failure();
}
