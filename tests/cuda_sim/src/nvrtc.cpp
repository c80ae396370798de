// NVRTC's interface over the host's compiler.
#include <cstring>
#include <string>
#include <vector>

#include "compiler.h"
#include "device.h"
#include "entry.h"
#include "handles.h"
#include "image.h"

namespace cuda_sim {

struct Program {
    KernelSource source;
    std::string log = {}, image = {};
};

}  // namespace cuda_sim

using namespace cuda_sim;

namespace {

enum RtcResult : int {
    RTC_SUCCESS = 0,
    RTC_INVALID_INPUT = 3,
    RTC_INVALID_PROGRAM = 4,
    RTC_COMPILATION = 6,
};

}  // namespace

// The minor version is a hash of the headers and flags here, so that a host's cache of compiled kernels notices
// changes.
CUDA_API int nvrtcVersion(int* major, int* minor) {
    ENTER(NEEDS_NOTHING);
    *major = TOOLKIT_MAJOR;
    *minor = (int)(compiler_fingerprint() % 1000000);
    return RTC_SUCCESS;
}

CUDA_API int nvrtcCreateProgram(Program** handle, const char* text, const char* name, int header_count,
                                const char* const* headers, const char* const* include_names) {
    ENTER(NEEDS_NOTHING);
    if (!text || header_count < 0) return RTC_INVALID_INPUT;
    KernelSource source = {name && *name ? name : "default_program", text, {}};
    for (int i = 0; i < header_count; i++) {
        if (std::strstr(include_names[i], "..")) return RTC_INVALID_INPUT;
        source.headers.push_back({include_names[i], headers[i]});
    }
    *handle = Handles<Program>::all().create(std::move(source));
    return RTC_SUCCESS;
}

CUDA_API int nvrtcDestroyProgram(Program** handle) {
    ENTER_RELEASE(NEEDS_NOTHING);
    if (!Handles<Program>::all().contains(*handle)) return RTC_INVALID_PROGRAM;
    Handles<Program>::all().destroy(*handle);
    *handle = nullptr;
    return entry.failure();
}

CUDA_API int nvrtcCompileProgram(Program* program, int option_count, const char* const* options) {
    ENTER(NEEDS_NOTHING);
    if (!Handles<Program>::all().contains(program)) return RTC_INVALID_PROGRAM;
    Compilation compilation = compile(program->source, {options, options + option_count});
    program->log = compilation.log;
    if (!compilation.ok) return RTC_COMPILATION;
    program->image = make_image(compilation.code);
    return RTC_SUCCESS;
}

CUDA_API int nvrtcGetProgramLogSize(Program* program, std::size_t* size) {
    ENTER(NEEDS_NOTHING);
    if (!Handles<Program>::all().contains(program)) return RTC_INVALID_PROGRAM;
    *size = program->log.size() + 1;
    return RTC_SUCCESS;
}

CUDA_API int nvrtcGetProgramLog(Program* program, char* log) {
    ENTER(NEEDS_NOTHING);
    if (!Handles<Program>::all().contains(program)) return RTC_INVALID_PROGRAM;
    std::memcpy(log, program->log.c_str(), program->log.size() + 1);
    return RTC_SUCCESS;
}

CUDA_API int nvrtcGetCUBINSize(Program* program, std::size_t* size) {
    ENTER(NEEDS_NOTHING);
    if (!Handles<Program>::all().contains(program)) return RTC_INVALID_PROGRAM;
    *size = program->image.size();
    return RTC_SUCCESS;
}

CUDA_API int nvrtcGetCUBIN(Program* program, char* image) {
    ENTER(NEEDS_NOTHING);
    if (!Handles<Program>::all().contains(program)) return RTC_INVALID_PROGRAM;
    std::memcpy(image, program->image.data(), program->image.size());
    return RTC_SUCCESS;
}

CUDA_API const char* nvrtcGetErrorString(int result) {
    static const char* const NAMES[] = {
        "NVRTC_SUCCESS", "NVRTC_ERROR_OUT_OF_MEMORY", "NVRTC_ERROR_PROGRAM_CREATION_FAILURE",
        "NVRTC_ERROR_INVALID_INPUT", "NVRTC_ERROR_INVALID_PROGRAM", "NVRTC_ERROR_INVALID_OPTION",
        "NVRTC_ERROR_COMPILATION", "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE"};
    return result >= 0 && result < 8 ? NAMES[result] : "NVRTC_ERROR unknown";
}
