#include "settings.h"

#include <cstdlib>

namespace cuda_sim {

static std::string text(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value && *value ? value : otherwise;
}

static long long number(const char* name, long long otherwise) {
    const char* value = std::getenv(name);
    return value && *value ? std::atoll(value) : otherwise;
}

static Settings read() {
    Settings s;
    s.driver = (int)number("CUDA_SIM_DRIVER", 13000);
    s.multiprocessors = (int)number("CUDA_SIM_SMS", 4);
    s.memory = (std::size_t)number("CUDA_SIM_MEMORY", 8ll << 30);
    s.race = number("CUDA_SIM_RACE", 0) != 0;
    s.lazy = number("CUDA_SIM_LAZY", 0) != 0;
    s.early = number("CUDA_SIM_EARLY", 0) != 0;
    s.trace = number("CUDA_SIM_TRACE", 0) != 0;
    s.schedule = (int)number("CUDA_SIM_SCHEDULE", 0);
    s.seed = (unsigned)number("CUDA_SIM_SEED", 1);
    s.compiler = text("CUDA_SIM_CXX", "g++");
    s.flags = text("CUDA_SIM_CXXFLAGS", "-O1");
    s.include = text("CUDA_SIM_INCLUDE", CUDA_SIM_INCLUDE_FOLDER);
    return s;
}

const Settings& settings() {
    static const Settings read_once = read();
    return read_once;
}

}  // namespace cuda_sim
