// Device and pinned memory: real memory of the host, counted, and NaN until somebody writes it.
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

// The bytes of all device memory at one moment.
class Snapshot {
public:
    static Snapshot take();
    void restore() const;
    // The first place where device memory is no longer the same; empty if it is.
    std::string difference() const;

private:
    std::map<DevicePointer, std::vector<char>> _bytes;
};

}  // namespace cuda_sim
