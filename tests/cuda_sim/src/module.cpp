#include "module.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <unordered_set>

#include "entry.h"
#include "handles.h"
#include "image.h"
#include "stream.h"

namespace cuda_sim {

static Module* loading;  // the module whose constructors run now

static std::unordered_set<const Kernel*>& all_kernels() {
    static std::unordered_set<const Kernel*>& only = *new std::unordered_set<const Kernel*>();
    return only;
}

bool is_kernel(const Kernel* kernel) { return all_kernels().count(kernel) != 0; }

// The modules need the symbols of this library, which the host may have loaded without exporting them.
static void show_own_symbols() {
    Dl_info info;
    if (dladdr((void*)&show_own_symbols, &info)) dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
}

// The library exists only in memory. The file stays open while the library is loaded, because its name is the file's
// number, which the loader must not see twice.
static bool open_library(Module& module, const void* elf, std::size_t bytes) {
    module.file = memfd_create("cuda_sim_module", MFD_CLOEXEC);
    if (module.file < 0) return false;
    for (std::size_t written = 0; written < bytes;) {
        ssize_t more = write(module.file, (const char*)elf + written, bytes - written);
        if (more <= 0) return false;
        written += (std::size_t)more;
    }
    show_own_symbols();
    std::string path = "/proc/self/fd/" + std::to_string(module.file);
    loading = &module;
    module.handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    loading = nullptr;
    if (!module.handle) std::fprintf(stderr, "cuda_sim: %s\n", dlerror());
    return module.handle != nullptr;
}

static void close_library(Module& module) {
    for (const auto& [name, kernel] : module.kernels) all_kernels().erase(kernel.get());
    if (module.handle) dlclose(module.handle);
    std::string path = "/proc/self/fd/" + std::to_string(module.file);
    bool stays = module.handle && dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
    if (module.file >= 0 && !stays) close(module.file);
}

}  // namespace cuda_sim

using namespace cuda_sim;

extern "C" __attribute__((visibility("default"))) void cuda_sim_register_kernel(const KernelDescription* description) {
    auto kernel = std::make_unique<Kernel>();
    kernel->module = loading;
    kernel->name = description->name;
    kernel->function = description->function;
    kernel->thunk = description->thunk;
    kernel->parameters.assign(description->parameters, description->parameters + description->parameter_count);
    kernel->max_threads = description->max_threads;
    all_kernels().insert(kernel.get());
    loading->kernels[description->name] = std::move(kernel);
}

extern "C" __attribute__((visibility("default"))) void cuda_sim_register_shared(char* begin, char* end) {
    loading->shared_begin = begin;
    loading->shared_end = end;
}

CUDA_API int cuModuleLoadDataEx(Module** handle, const void* image, unsigned, void*, void*) {
    ENTER(NEEDS_CONTEXT);
    if (int refused = refuse_during_capture()) return refused;
    if (!is_image(image)) return INVALID_IMAGE;
    if (!is_current_image(image)) {
        std::fprintf(stderr, "cuda_sim: the module was compiled with other flags or headers\n");
        return NO_BINARY_FOR_GPU;
    }
    Module* module = Handles<Module>::all().create();
    if (!open_library(*module, code_of(image), code_size_of(image))) {
        close_library(*module);
        Handles<Module>::all().destroy(module);
        return INVALID_IMAGE;
    }
    *handle = module;
    return SUCCESS;
}

CUDA_API int cuModuleLoadData(Module** handle, const void* image) {
    return cuModuleLoadDataEx(handle, image, 0, nullptr, nullptr);
}

CUDA_API int cuModuleUnload(Module* module) {
    ENTER_RELEASE(NEEDS_CONTEXT);
    if (!Handles<Module>::all().contains(module)) return INVALID_HANDLE;
    if (int refused = refuse_during_capture()) return refused;
    run_all_streams();
    close_library(*module);
    Handles<Module>::all().destroy(module);
    return entry.failure();
}

CUDA_API int cuModuleGetFunction(Kernel** kernel, Module* module, const char* name) {
    ENTER(NEEDS_CONTEXT);
    if (!Handles<Module>::all().contains(module)) return INVALID_HANDLE;
    auto found = module->kernels.find(name);
    if (found == module->kernels.end()) return NOT_FOUND;
    *kernel = found->second.get();
    return SUCCESS;
}
