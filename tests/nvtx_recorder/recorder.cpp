// A tool for NVTX 3. A program loads it through NVTX_INJECTION64_PATH and calls its only function, which gets the
// program's tables and puts its own functions there. Numbers and layouts are those of NVTX's nvtxTypes.h and
// nvToolsExt.h. It records events as lines "kind thread domain name number", separated by tabs, until they are taken.
// It also writes them to the file in NVTX_RECORDER_FILE.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#define EXPORTED extern "C" __attribute__((visibility("default")))

namespace {

using Function = void (*)();

struct Callbacks {
    size_t size;
    int (*get_module_functions)(int module, Function*** table, unsigned* entries);
};

struct VersionInfo {
    size_t size;
    uint32_t version;
    uint32_t reserved;
    void (*set_tool_version)(uint32_t version);
};

struct Attributes {
    uint16_t version;
    uint16_t size;
    uint32_t category;
    int32_t color_type;
    uint32_t color;
    int32_t payload_type;
    int32_t reserved;
    int64_t payload;
    int32_t message_type;
    const void* message;
};
static_assert(sizeof(Attributes) == 48, "as in NVTX");

std::mutex gate;
std::string lines;
std::vector<std::thread::id> threads;
std::deque<std::string> domains, names; // their addresses are handles
uint64_t opened = 0;

void record(const char* kind, const void* domain, const std::string& name, long long number) {
    auto thread = std::find(threads.begin(), threads.end(), std::this_thread::get_id());
    size_t index = thread - threads.begin();
    if (thread == threads.end()) threads.push_back(std::this_thread::get_id());
    std::string in = domain ? *static_cast<const std::string*>(domain) : "";
    std::string line = std::string(kind) + "\t" + std::to_string(index) + "\t" + in + "\t" + name + "\t"
        + std::to_string(number) + "\n";
    lines += line;
    static const char* path = std::getenv("NVTX_RECORDER_FILE");
    static FILE* file = path ? std::fopen(path, "w") : nullptr;
    if (file) std::fputs(line.c_str(), file), std::fflush(file);
}

std::string message(const Attributes* event) {
    if (event->version != 3 || event->size != sizeof(Attributes) || event->payload_type != 2) return "BAD ATTRIBUTES";
    if (event->message_type == 1) return static_cast<const char*>(event->message);
    if (event->message_type == 3) return "#" + *static_cast<const std::string*>(event->message);
    return "BAD MESSAGE";
}

int push(const void* domain, const Attributes* event) {
    std::lock_guard<std::mutex> lock(gate);
    record("push", domain, message(event), event->payload);
    return 0;
}

int pop(const void* domain) {
    std::lock_guard<std::mutex> lock(gate);
    record("pop", domain, "", 0);
    return 0;
}

[[maybe_unused]] uint64_t start(const void* domain, const Attributes* event) {
    std::lock_guard<std::mutex> lock(gate);
    record("start", domain, message(event), event->payload);
    return ++opened;
}

[[maybe_unused]] void end(const void* domain, uint64_t range) {
    std::lock_guard<std::mutex> lock(gate);
    record("end", domain, "", static_cast<long long>(range));
}

[[maybe_unused]] const void* create_domain(const char* name) {
    std::lock_guard<std::mutex> lock(gate);
    return &domains.emplace_back(name);
}

[[maybe_unused]] const void* register_name(const void*, const char* name) {
    std::lock_guard<std::mutex> lock(gate);
    return &names.emplace_back(name);
}

// The table of a module, if it is one: null at 0, a variable at each further entry, null after the last.
Function** module_table(const Callbacks* callbacks, int module, unsigned expected) {
    Function** table = nullptr;
    unsigned entries = 0;
    if (!callbacks->get_module_functions(module, &table, &entries) || !table || entries != expected) return nullptr;
    if (table[0] || table[entries]) return nullptr;
    for (unsigned i = 1; i < entries; i++) {
        if (!table[i]) return nullptr;
    }
    return table;
}

template <typename T> void put(Function** table, int entry, T* function) {
    *table[entry] = reinterpret_cast<Function>(function);
}

} // namespace

EXPORTED int InitializeInjectionNvtx2(const void* (*get_table)(uint32_t id)) {
    opened = 0;
    auto callbacks = static_cast<const Callbacks*>(get_table(1));
    auto version = static_cast<const VersionInfo*>(get_table(3));
    if (!callbacks || callbacks->size != sizeof(Callbacks) || get_table(2) || get_table(4)) return 0;
    if (!version || version->size != sizeof(VersionInfo) || version->version != 3) return 0;
    version->set_tool_version(3);
    const unsigned sizes[] = {16, 9, 15, 7, 16, 7};
    Function** tables[7] = {};
    for (int module = 1; module <= 6; module++) {
        tables[module] = module_table(callbacks, module, sizes[module - 1]);
        if (!tables[module]) return 0;
    }
    if (callbacks->get_module_functions(0, nullptr, nullptr) || callbacks->get_module_functions(7, nullptr, nullptr))
        return 0;
    Function** core2 = tables[5];
    put(core2, 4, push);
    put(core2, 5, pop);
#ifndef RANGES_OF_THREADS_ONLY
    put(core2, 2, start);
    put(core2, 3, end);
    put(core2, 10, register_name);
    put(core2, 12, create_domain);
#endif
#ifdef REFUSES
    return 0;
#else
    return 1;
#endif
}

// Copies and removes the lines. If there is too little room, only returns their length.
EXPORTED size_t nvtx_recorder_take(char* text, size_t room) {
    std::lock_guard<std::mutex> lock(gate);
    size_t length = lines.size();
    if (length > room) return length;
    std::memcpy(text, lines.data(), length);
    lines.clear();
    threads.clear();
    return length;
}
