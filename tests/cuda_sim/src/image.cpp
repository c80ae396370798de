#include "image.h"

#include <cstring>
#include <fstream>
#include <iterator>

#include "settings.h"

namespace cuda_sim {

static const char MAGIC[8] = {'C', 'U', 'D', 'A', 'S', 'I', 'M', '\0'};

struct ImageHeader {
    char magic[8];
    std::uint64_t fingerprint;
    std::uint64_t code_bytes;
};

static ImageHeader header_of(const void* image) {
    ImageHeader header;
    std::memcpy(&header, image, sizeof header);
    return header;
}

std::string make_image(const std::string& code) {
    ImageHeader header;
    std::memcpy(header.magic, MAGIC, sizeof MAGIC);
    header.fingerprint = compiler_fingerprint();
    header.code_bytes = code.size();
    return std::string((const char*)&header, sizeof header) + code;
}

bool is_image(const void* image) { return image && !std::memcmp(image, MAGIC, sizeof MAGIC); }
bool is_current_image(const void* image) { return header_of(image).fingerprint == compiler_fingerprint(); }
const void* code_of(const void* image) { return (const char*)image + sizeof(ImageHeader); }
std::size_t code_size_of(const void* image) { return header_of(image).code_bytes; }

static std::uint64_t mix(std::uint64_t hash, const std::string& text) {
    for (unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3ull;
    return hash;
}

static std::uint64_t fingerprint() {
    std::uint64_t hash = mix(mix(0xcbf29ce484222325ull, settings().compiler), settings().flags);
    for (const char* name : {"abi", "atomics", "device", "ptx", "registration", "scalar", "warp"}) {
        std::ifstream file(settings().include + "/cuda_sim/" + name + ".h", std::ios::binary);
        hash = mix(hash, std::string(std::istreambuf_iterator<char>(file), {}));
    }
    return hash;
}

std::uint64_t compiler_fingerprint() {
    static const std::uint64_t once = fingerprint();
    return once;
}

}  // namespace cuda_sim
