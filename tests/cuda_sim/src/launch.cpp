// Launches, and attributes of kernels.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "entry.h"
#include "module.h"
#include "stream.h"

using namespace cuda_sim;

namespace {

std::size_t aligned(std::size_t offset, std::size_t alignment) {
    return (offset + alignment - 1) / alignment * alignment;
}

// The packed form: CU_LAUNCH_PARAM_BUFFER_POINTER and _SIZE.
struct PackedArguments {
    const char* bytes = nullptr;
    std::size_t size = 0;

    explicit PackedArguments(void** extra) {
        for (int i = 0; extra && extra[i]; i += 2) {
            if (extra[i] == (void*)1) bytes = (const char*)extra[i + 1];
            if (extra[i] == (void*)2) size = *(const std::size_t*)extra[i + 1];
        }
    }
};

// Copies the arguments; false if the number of packed bytes is not that of the parameters.
bool copy_arguments(Launch& launch, void** each, const PackedArguments& packed) {
    const std::vector<Parameter>& parameters = launch.kernel->parameters;
    std::vector<std::size_t> offsets;
    std::size_t size = 0, alignment = 1;
    for (const Parameter& parameter : parameters) {
        offsets.push_back(size = aligned(size, parameter.alignment));
        size += parameter.size;
        alignment = std::max(alignment, parameter.alignment);
    }
    if (packed.bytes && (packed.size < size || packed.size > aligned(size, alignment))) return false;
    launch.storage.resize(size + alignment);
    char* base = (char*)aligned((std::size_t)launch.storage.data(), alignment);
    for (std::size_t i = 0; i < parameters.size(); i++) {
        const void* source = packed.bytes ? packed.bytes + offsets[i] : each[i];
        std::memcpy(base + offsets[i], source, parameters[i].size);
        launch.arguments.push_back(base + offsets[i]);
    }
    return true;
}

int check_shape(const Kernel& kernel, dim3 grid, dim3 block, unsigned shared) {
    if (!grid.x || !grid.y || !grid.z || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535) return INVALID_VALUE;
    if (!block.x || !block.y || !block.z || block.x > 1024 || block.y > 1024 || block.z > 64) return INVALID_VALUE;
    unsigned threads = block.x * block.y * block.z;
    if (threads > MAX_THREADS) return INVALID_VALUE;
    if (threads > (unsigned)kernel.max_threads) return LAUNCH_OUT_OF_RESOURCES;
    return shared > (unsigned)kernel.max_dynamic_shared ? INVALID_VALUE : SUCCESS;
}

int launch_kernel(Kernel* kernel, dim3 grid, dim3 block, unsigned shared, bool overlaps, Stream* handle, void** each,
                  void** extra) {
    if (!is_kernel(kernel)) return INVALID_HANDLE;
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    if (int refused = check_shape(*kernel, grid, block, shared)) return refused;
    PackedArguments packed(extra);
    if (!each && !packed.bytes && !kernel->parameters.empty()) return INVALID_VALUE;
    auto launch = std::make_shared<Launch>();
    launch->kernel = kernel;
    launch->grid = grid;
    launch->block = block;
    launch->dynamic_shared = shared;
    launch->overlaps = overlaps;
    if (!copy_arguments(*launch, each, packed)) return INVALID_VALUE;
    return enqueue(stream, [launch] {
        // A graph may outlive the module.
        if (is_kernel(launch->kernel)) run_launch(*launch);
        else set_sticky_error(INVALID_HANDLE);
    });
}

// CUlaunchAttribute: the value is a union.
struct LaunchAttribute {
    int id;
    union {
        char bytes[64];
        int programmatic_stream_serialization_allowed;
        std::uint64_t alignment;
    } value;
};

// CUlaunchConfig.
struct LaunchConfig {
    unsigned grid_x, grid_y, grid_z, block_x, block_y, block_z, shared;
    Stream* stream;
    const LaunchAttribute* attributes;
    unsigned attribute_count;
};

// As in the driver's header.
static_assert(sizeof(LaunchAttribute) == 72 && offsetof(LaunchAttribute, value) == 8, "CUlaunchAttribute");
static_assert(sizeof(LaunchConfig) == 56 && offsetof(LaunchConfig, shared) == 24 &&
              offsetof(LaunchConfig, stream) == 32 && offsetof(LaunchConfig, attributes) == 40 &&
              offsetof(LaunchConfig, attribute_count) == 48, "CUlaunchConfig");

constexpr int PROGRAMMATIC_STREAM_SERIALIZATION = 6;
constexpr int LAST_ATTRIBUTE = 14;

}  // namespace

CUDA_API int cuLaunchKernel(Kernel* kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                            unsigned block_y, unsigned block_z, unsigned shared, Stream* stream, void** arguments,
                            void** extra) {
    ENTER(NEEDS_CONTEXT);
    return launch_kernel(
        kernel, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared, false, stream, arguments, extra);
}

// Of the attributes, only programmatic dependent launch has an effect here.
CUDA_API int cuLaunchKernelEx(const LaunchConfig* config, Kernel* kernel, void** arguments, void** extra) {
    ENTER(NEEDS_CONTEXT);
    bool overlaps = false;
    if (config->attribute_count && !config->attributes) return INVALID_VALUE;
    for (unsigned i = 0; i < config->attribute_count; i++) {
        const LaunchAttribute& attribute = config->attributes[i];
        if (attribute.id < 0 || attribute.id > LAST_ATTRIBUTE) return INVALID_VALUE;
        if (attribute.id == PROGRAMMATIC_STREAM_SERIALIZATION)
            overlaps = attribute.value.programmatic_stream_serialization_allowed != 0;
    }
    return launch_kernel(kernel, {config->grid_x, config->grid_y, config->grid_z},
                         {config->block_x, config->block_y, config->block_z}, config->shared, overlaps, config->stream,
                         arguments, extra);
}

// Sizes and offsets of the structs above, for the host's tests.
CUDA_API void cuda_sim_launch_layout(unsigned* layout) {
    layout[0] = sizeof(LaunchConfig);
    layout[1] = offsetof(LaunchConfig, shared);
    layout[2] = offsetof(LaunchConfig, stream);
    layout[3] = offsetof(LaunchConfig, attributes);
    layout[4] = offsetof(LaunchConfig, attribute_count);
    layout[5] = sizeof(LaunchAttribute);
    layout[6] = offsetof(LaunchAttribute, value);
}

CUDA_API int cuFuncSetAttribute(Kernel* kernel, int attribute, int value) {
    ENTER(NEEDS_CONTEXT);
    if (!is_kernel(kernel)) return INVALID_HANDLE;
    if (attribute == 9) {  // preferred carve-out, percent of the most shared memory
        if (value < -1 || value > 100) return INVALID_VALUE;
        kernel->shared_carveout = value;
        return SUCCESS;
    }
    if (attribute != 8 || value < 0 || value > SHARED_OPT_IN) return INVALID_VALUE;
    kernel->max_dynamic_shared = value;
    return SUCCESS;
}

CUDA_API int cuFuncGetAttribute(int* value, int attribute, Kernel* kernel) {
    ENTER(NEEDS_CONTEXT);
    if (!is_kernel(kernel)) return INVALID_HANDLE;
    switch (attribute) {
        case 0: *value = kernel->max_threads; return SUCCESS;
        case 1: *value = (int)(kernel->module->shared_end - kernel->module->shared_begin); return SUCCESS;
        case 2: case 3: *value = 0; return SUCCESS;    // constant and local memory
        case 4: *value = 32; return SUCCESS;           // registers, which the host's compiler does not report
        case 5: case 6: *value = 90; return SUCCESS;
        case 8: *value = kernel->max_dynamic_shared; return SUCCESS;
        case 9: *value = kernel->shared_carveout; return SUCCESS;
        default: return INVALID_VALUE;
    }
}
