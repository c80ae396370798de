#include "early.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

#include "settings.h"

namespace cuda_sim {

typedef std::uint32_t Word;
static constexpr Word UNSET = 0xffffffffu;
static constexpr std::size_t CHUNK = 1024;  // words; most chunks never change

// A copy of an allocation after all recorded events, and the number of writes of each word.
struct Shadow {
    std::vector<Word> words;
    std::vector<unsigned char> writes;
    std::vector<bool> changing;  // chunks with a word that has changed

    explicit Shadow(std::size_t count) : words(count, UNSET), writes(count, 0), changing(count / CHUNK + 1, false) {}
    std::size_t end_of(std::size_t chunk) const { return std::min(words.size(), chunk + CHUNK); }
    bool changes(std::size_t word) const { return writes[word] > 1; }
    bool is_equal(const Word* now, std::size_t chunk) const {
        return !std::memcmp(now + chunk, &words[chunk], (end_of(chunk) - chunk) * sizeof(Word));
    }
    void take(const Word* now, std::size_t word, bool counts) {
        words[word] = now[word];
        if (counts && writes[word] < 2 && ++writes[word] == 2) changing[word / CHUNK] = true;
    }
};

struct ShadowMemory {
    std::map<DevicePointer, Shadow> allocations;
    bool hidden = false;
};

static ShadowMemory& shadows() {
    static ShadowMemory& only = *new ShadowMemory();
    return only;
}

void note_allocated(DevicePointer address, std::size_t bytes) {
    if (!settings().early) return;
    shadows().allocations.insert_or_assign(address, Shadow(bytes / sizeof(Word)));
}

void note_freed(DevicePointer address) {
    if (settings().early) shadows().allocations.erase(address);
}

static void note_written(const void* target, std::size_t bytes, bool counts) {
    if (!settings().early || !bytes) return;
    auto after = shadows().allocations.upper_bound((DevicePointer)target);
    if (after == shadows().allocations.begin()) return;  // host memory
    auto& [address, shadow] = *--after;
    std::size_t first = ((DevicePointer)target - address) / sizeof(Word);
    std::size_t end = ((DevicePointer)target - address + bytes + sizeof(Word) - 1) / sizeof(Word);
    for (std::size_t word = first; word < std::min(end, shadow.words.size()); word++)
        shadow.take((const Word*)address, word, counts);
}

void note_copied(const void* target, std::size_t bytes) { note_written(target, bytes, true); }
void note_filled(const void* target, std::size_t bytes) { note_written(target, bytes, false); }

void note_kernel_ended() {
    if (!settings().early) return;
    for (auto& [address, shadow] : shadows().allocations) {
        const Word* now = (const Word*)address;
        for (std::size_t chunk = 0; chunk < shadow.words.size(); chunk += CHUNK) {
            if (shadow.is_equal(now, chunk)) continue;
            for (std::size_t word = chunk; word < shadow.end_of(chunk); word++)
                if (now[word] != shadow.words[word]) shadow.take(now, word, true);
        }
    }
}

void hide_changing_memory() {
    note_kernel_ended();  // or what cuBLAS has written
    shadows().hidden = true;
    for (auto& [address, shadow] : shadows().allocations)
        for (std::size_t chunk = 0; chunk < shadow.words.size(); chunk += CHUNK)
            for (std::size_t word = chunk; shadow.changing[chunk / CHUNK] && word < shadow.end_of(chunk); word++)
                if (shadow.changes(word)) ((Word*)address)[word] = UNSET;
}

std::string reveal_changing_memory() {
    if (!shadows().hidden) return "";
    shadows().hidden = false;
    std::string written;
    for (auto& [address, shadow] : shadows().allocations) {
        Word* now = (Word*)address;
        for (std::size_t chunk = 0; chunk < shadow.words.size(); chunk += CHUNK) {
            if (!shadow.changing[chunk / CHUNK] && shadow.is_equal(now, chunk)) continue;
            for (std::size_t word = chunk; word < shadow.end_of(chunk); word++) {
                Word expected = shadow.changes(word) ? UNSET : shadow.words[word];
                if (now[word] != expected && written.empty())
                    written = "byte " + std::to_string(word * sizeof(Word)) + " of an allocation of " +
                              std::to_string(shadow.words.size() * sizeof(Word));
                now[word] = shadow.words[word];
            }
        }
    }
    return written;
}

}  // namespace cuda_sim
