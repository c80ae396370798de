// Barriers and the operations of a warp.
#pragma once

DEVICE void __syncthreads(CUDA_SIM_SITE) { cuda_sim_syncthreads(site); }
DEVICE void __syncwarp(unsigned mask = 0xffffffffu, CUDA_SIM_SITE) { cuda_sim_syncwarp(mask, site); }

DEVICE unsigned __ballot_sync(unsigned mask, bool predicate, CUDA_SIM_SITE) {
    return cuda_sim_ballot(mask, predicate, site);
}
DEVICE int __any_sync(unsigned mask, bool predicate, CUDA_SIM_SITE) {
    return cuda_sim_ballot(mask, predicate, site) != 0;
}
DEVICE int __all_sync(unsigned mask, bool predicate, CUDA_SIM_SITE) {
    return cuda_sim_ballot(mask, predicate, site) == mask;
}
DEVICE unsigned __activemask(CUDA_SIM_SITE) { cuda_sim_trap("__activemask has no meaning here", site); }

namespace cuda_sim {

template <class T>
inline T shuffle(unsigned mask, T value, unsigned source, Site site) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "Shuffles move 4 or 8 bytes.");
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    bits = cuda_sim_shuffle(mask, bits, source, site);
    std::memcpy(&value, &bits, sizeof(T));
    return value;
}

}  // namespace cuda_sim

// As in CUDA, a source outside of the lane's group of `width` lanes means the lane itself.
template <class T>
DEVICE T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32, CUDA_SIM_SITE) {
    unsigned lane = cuda_sim_thread->lane, source = lane ^ (unsigned)bits;
    bool beyond = source >= (lane | (unsigned)(width - 1)) + 1;
    return cuda_sim::shuffle(mask, value, beyond ? lane : source, site);
}

template <class T>
DEVICE T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, CUDA_SIM_SITE) {
    unsigned lane = cuda_sim_thread->lane, inner = lane & (unsigned)(width - 1);
    return cuda_sim::shuffle(mask, value, inner >= delta ? lane - delta : lane, site);
}

template <class T>
DEVICE T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, CUDA_SIM_SITE) {
    unsigned lane = cuda_sim_thread->lane, inner = lane & (unsigned)(width - 1);
    return cuda_sim::shuffle(mask, value, inner + delta < (unsigned)width ? lane + delta : lane, site);
}

template <class T>
DEVICE T __shfl_sync(unsigned mask, T value, int source, int width = 32, CUDA_SIM_SITE) {
    unsigned group = cuda_sim_thread->lane & ~(unsigned)(width - 1);
    return cuda_sim::shuffle(mask, value, group | ((unsigned)source & (unsigned)(width - 1)), site);
}
