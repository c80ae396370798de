// A small test framework, and the setup of kernel tests.
#pragma once
#include <string>
#include <vector>

#include "driver.h"

namespace testing {

struct Test {
    const char* name;
    void (*body)();
    Test(const char* name, void (*body)());
};

void check(bool holds, const char* what, const char* file, int line);
void check_equal(long long actual, long long expected, const char* what, const char* file, int line);
void check_contains(const std::string& text, const std::string& part, const char* file, int line);

// Opens the device and makes its context current.
void open_device();
// Runs all tests, or the wanted one. Returns 0 if they pass.
int run_tests(const char* wanted);

// A module compiled from kernels/ of the tests (or of the engine) and unloaded at the end.
class Kernels {
public:
    explicit Kernels(const std::string& file, std::vector<std::string> options = {});
    ~Kernels();
    Kernels(const Kernels&) = delete;
    CUfunction function(const char* name) const;

private:
    CUmodule _module = nullptr;
};

// The bytes that the simulated compiler makes of a source. On failure the result is empty, and `log` has the reason.
std::vector<char> compile(const std::string& path, const std::vector<std::string>& options, std::string& log);

template <class T>
class DeviceArray {
public:
    explicit DeviceArray(const std::vector<T>& values) : _count(values.size()) {
        cuMemAlloc_v2(&address, _count * sizeof(T));
        cuMemcpyHtoD_v2(address, values.data(), _count * sizeof(T));
    }
    DeviceArray(const DeviceArray&) = delete;
    ~DeviceArray() { cuMemFree_v2(address); }
    std::vector<T> read() const {
        std::vector<T> values(_count);
        cuMemcpyDtoH_v2(values.data(), address, _count * sizeof(T));
        return values;
    }

    CUdeviceptr address = 0;

private:
    std::size_t _count;
};

// Launches on the legacy stream and waits. The result is the wait's, or the launch's if that failed.
template <class... Arguments>
int launch(CUfunction function, unsigned blocks, unsigned threads, unsigned shared, Arguments... arguments) {
    void* pointers[] = {&arguments..., nullptr};
    int result = cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, shared, nullptr, pointers, nullptr);
    return result ? result : cuCtxSynchronize();
}

}  // namespace testing

#define TEST(name)                                             \
    static void name();                                        \
    static const testing::Test test_##name(#name, name);       \
    static void name()
#define CHECK(condition) testing::check(condition, #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(actual, expected) testing::check_equal(actual, expected, #actual, __FILE__, __LINE__)
#define CHECK_CONTAINS(text, part) testing::check_contains(text, part, __FILE__, __LINE__)
