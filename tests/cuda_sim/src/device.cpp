#include "device.h"

#include <cstdio>

#include "entry.h"
#include "memory.h"
#include "settings.h"
#include "stream.h"

namespace cuda_sim {

struct Attribute {
    int number, value;
};

static const Attribute ATTRIBUTES[] = {
    {1, MAX_THREADS},
    {2, 1024}, {3, 1024}, {4, 64},                // block
    {5, 0x7fffffff}, {6, 65535}, {7, 65535},      // grid
    {8, SHARED_PER_BLOCK},
    {9, 65536},                                   // constant memory
    {10, 32},                                     // warp size
    {12, 65536},                                  // registers per block
    {13, 1980000},                                // clock, kHz
    {15, 1},                                      // copies beside kernels
    {17, 0}, {18, 0}, {19, 1},                    // no time limit, not integrated, maps host memory
    {20, 0},                                      // compute mode
    {31, 1},                                      // kernels beside kernels
    {33, 0}, {34, 0},                             // PCI bus, device
    {36, 2619000}, {37, 6144},                    // memory clock, kHz, and bus width
    {38, 50 << 20},                               // L2
    {39, 2048},                                   // threads per multiprocessor
    {40, 3}, {41, 1},                             // copy engines, unified addressing
    {50, 0},                                      // PCI domain
    {75, 9}, {76, 0},                             // compute capability
    {81, 233472}, {82, 65536},                    // shared memory, registers per multiprocessor
    {83, 1}, {95, 1},                             // managed memory, cooperative launch
    {97, SHARED_OPT_IN},
    {106, 32},                                    // blocks per multiprocessor
    {111, 1024},                                  // reserved shared memory per block
    {115, 0},                                     // memory pools
};

struct Device {
    bool initialized = false;
    int retained = 0;
};

static Device device;
static char context_token;
static thread_local void* current_context = nullptr;

bool is_initialized() { return device.initialized; }

int context_error() {
    if (!current_context) return INVALID_CONTEXT;
    return device.retained ? SUCCESS : CONTEXT_IS_DESTROYED;
}

int retained_contexts() { return device.retained; }

}  // namespace cuda_sim

using namespace cuda_sim;

CUDA_API int cuInit(unsigned flags) {
    ENTER(NEEDS_NOTHING);
    if (flags) return INVALID_VALUE;
    device.initialized = true;
    return SUCCESS;
}

CUDA_API int cuDriverGetVersion(int* version) {
    ENTER(NEEDS_NOTHING);
    *version = settings().driver;
    return SUCCESS;
}

CUDA_API int cuDeviceGetCount(int* count) {
    ENTER(NEEDS_INIT);
    *count = 1;
    return SUCCESS;
}

CUDA_API int cuDeviceGet(int* ordinal, int wanted) {
    ENTER(NEEDS_INIT);
    if (wanted != 0) return INVALID_DEVICE;
    *ordinal = 0;
    return SUCCESS;
}

CUDA_API int cuDeviceGetName(char* name, int length, int ordinal) {
    ENTER(NEEDS_INIT);
    if (ordinal != 0) return INVALID_DEVICE;
    std::snprintf(name, (size_t)length, "CUDA simulator (CPU)");
    return SUCCESS;
}

static int multiprocessors = 0;  // 0: the number in CUDA_SIM_SMS

// Sets the number of multiprocessors of devices that are opened from now on. 0 restores that of CUDA_SIM_SMS.
CUDA_API int cuda_sim_multiprocessors(int count) {
    ENTER(NEEDS_NOTHING);
    multiprocessors = count;
    return SUCCESS;
}

CUDA_API int cuDeviceGetAttribute(int* value, int attribute, int ordinal) {
    ENTER(NEEDS_INIT);
    if (ordinal != 0) return INVALID_DEVICE;
    if (attribute == 16) {
        *value = multiprocessors > 0 ? multiprocessors : settings().multiprocessors;
        return SUCCESS;
    }
    for (const Attribute& known : ATTRIBUTES)
        if (known.number == attribute) {
            *value = known.value;
            return SUCCESS;
        }
    return INVALID_VALUE;
}

CUDA_API int cuDeviceTotalMem_v2(size_t* bytes, int ordinal) {
    ENTER(NEEDS_INIT);
    if (ordinal != 0) return INVALID_DEVICE;
    *bytes = settings().memory;
    return SUCCESS;
}

CUDA_API int cuDevicePrimaryCtxRetain(void** context, int ordinal) {
    ENTER(NEEDS_INIT);
    if (ordinal != 0) return INVALID_DEVICE;
    device.retained++;
    *context = &context_token;
    return SUCCESS;
}

// Objects outlive the context, so that cuda_sim_live_objects still shows what was not freed.
CUDA_API int cuDevicePrimaryCtxRelease_v2(int ordinal) {
    ENTER_RELEASE(NEEDS_INIT);
    if (ordinal != 0) return INVALID_DEVICE;
    if (device.retained == 0) return INVALID_CONTEXT;
    device.retained--;
    return entry.failure();
}

CUDA_API int cuCtxSetCurrent(void* context) {
    ENTER(NEEDS_INIT);
    if (context && context != &context_token) return INVALID_CONTEXT;
    if (context && !device.retained) return CONTEXT_IS_DESTROYED;
    current_context = context;
    return SUCCESS;
}

CUDA_API int cuCtxGetCurrent(void** context) {
    ENTER(NEEDS_INIT);
    *context = current_context;
    return SUCCESS;
}

CUDA_API int cuCtxGetDevice(int* ordinal) {
    ENTER(NEEDS_CONTEXT);
    *ordinal = 0;
    return SUCCESS;
}

CUDA_API int cuCtxSynchronize() {
    ENTER(NEEDS_CONTEXT);
    if (invalidate_captures()) return CAPTURE_UNSUPPORTED;
    run_all_streams();
    return sticky_error();
}

CUDA_API int cuProfilerStart() {
    ENTER(NEEDS_CONTEXT);
    return SUCCESS;
}

CUDA_API int cuProfilerStop() {
    ENTER(NEEDS_CONTEXT);
    return SUCCESS;
}
