// Device and pinned memory: host memory, counted, and NaN until it is written.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cuda_sim {

typedef std::uint64_t DevicePointer;

bool is_device_range(DevicePointer address, std::size_t bytes);
bool is_pinned(const void* address);
std::size_t device_allocations();
std::size_t pinned_allocations();

// A copy of all device memory.
class Snapshot {
public:
    static Snapshot take();
    void restore() const;
    // The first place where device memory has changed; empty if there is none.
    std::string difference() const;

private:
    std::map<DevicePointer, std::vector<char>> _bytes;
};

}  // namespace cuda_sim
