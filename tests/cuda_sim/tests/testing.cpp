#include "testing.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace testing {

static std::vector<Test*>& tests() {
    static std::vector<Test*> all;
    return all;
}

static int failures;

Test::Test(const char* name_, void (*body_)()) : name(name_), body(body_) { tests().push_back(this); }

void check(bool holds, const char* what, const char* file, int line) {
    if (holds) return;
    failures++;
    std::printf("  %s:%d: %s does not hold\n", file, line, what);
}

void check_equal(long long actual, long long expected, const char* what, const char* file, int line) {
    if (actual == expected) return;
    failures++;
    std::printf("  %s:%d: %s is %lld, not %lld\n", file, line, what, actual, expected);
}

void check_contains(const std::string& text, const std::string& part, const char* file, int line) {
    if (text.find(part) != std::string::npos) return;
    failures++;
    std::printf("  %s:%d: \"%s\" does not contain \"%s\"\n", file, line, text.c_str(), part.c_str());
}

static std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<char> compile(const std::string& path, const std::vector<std::string>& options, std::string& log) {
    std::vector<std::string> names, texts;
    const std::filesystem::path include = ENGINE_KERNELS "/include";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(include)) {
        if (!entry.is_regular_file()) continue;
        names.push_back(entry.path().lexically_relative(include).generic_string());
        texts.push_back(read_file(entry.path()));
    }
    std::vector<const char*> name_pointers, text_pointers, option_pointers;
    for (const std::string& name : names) name_pointers.push_back(name.c_str());
    for (const std::string& text : texts) text_pointers.push_back(text.c_str());
    for (const std::string& option : options) option_pointers.push_back(option.c_str());
    nvrtcProgram program;
    std::string source = read_file(path), name = std::filesystem::path(path).filename().string();
    nvrtcCreateProgram(
        &program, source.c_str(), name.c_str(), (int)names.size(), text_pointers.data(), name_pointers.data());
    int result = nvrtcCompileProgram(program, (int)option_pointers.size(), option_pointers.data());
    std::size_t size;
    nvrtcGetProgramLogSize(program, &size);
    std::vector<char> text(size), image;
    nvrtcGetProgramLog(program, text.data());
    log = text.data();
    if (result == 0) {
        nvrtcGetCUBINSize(program, &size);
        image.resize(size);
        nvrtcGetCUBIN(program, image.data());
    }
    nvrtcDestroyProgram(&program);
    return image;
}

Kernels::Kernels(const std::string& file, std::vector<std::string> options) {
    std::string path = std::filesystem::exists(TEST_KERNELS "/" + file) ? TEST_KERNELS "/" + file
                                                                        : ENGINE_KERNELS "/" + file;
    bool chosen = false;
    for (const std::string& option : options) chosen = chosen || option.rfind("-DELEMENT_", 0) == 0;
    if (!chosen) options.push_back("-DELEMENT_BF16");
    static std::map<std::vector<std::string>, std::vector<char>> compiled;
    std::vector<std::string> key = options;
    key.push_back(path);
    std::string log;
    if (!compiled.count(key)) compiled[key] = compile(path, options, log);
    const std::vector<char>& image = compiled[key];
    if (image.empty() || cuModuleLoadDataEx(&_module, image.data(), 0, nullptr, nullptr)) {
        std::printf("%s\n", log.c_str());
        std::exit(2);
    }
}

Kernels::~Kernels() { cuModuleUnload(_module); }

CUfunction Kernels::function(const char* name) const {
    CUfunction found = nullptr;
    if (cuModuleGetFunction(&found, _module, name)) std::printf("  no kernel %s\n", name);
    return found;
}

void open_device() {
    CUcontext context;
    cuInit(0);
    cuDevicePrimaryCtxRetain(&context, 0);
    cuCtxSetCurrent(context);
}

int run_tests(const char* wanted) {
    int count = 0;
    for (const Test* test : tests()) {
        if (wanted && std::strcmp(wanted, test->name)) continue;
        int before = failures;
        test->body();
        cuda_sim_reset();
        std::printf("%s %s\n", failures == before ? "ok  " : "FAIL", test->name);
        count++;
    }
    std::printf("%d tests, %d failed checks\n", count, failures);
    return failures || !count;
}

}  // namespace testing
