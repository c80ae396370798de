// The functions of kernels/include/ptx/ptx.cuh, which holds the inline PTX.
#pragma once

namespace cuda_sim {

// PTX approximations with .ftz: denormal inputs and outputs are zero.
inline float flush_denormal(float value) {
    return (bits_of_float(value) & 0x7f800000u) == 0 ? std::copysign(0.f, value) : value;
}

inline unsigned bf16_of_float(float value) {
    unsigned bits = bits_of_float(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
    return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}

inline bool is_aligned_16(const void* pointer) { return ((std::uintptr_t)pointer & 15) == 0; }

inline void load_row(unsigned (&tiles)[4], const void* row, bool transposed, Site site) {
    if (!is_aligned_16(row)) cuda_sim_trap("ldmatrix from an address that is not a multiple of 16", site);
    if (!cuda_sim_is_shared(row, 16)) cuda_sim_trap("ldmatrix from outside of shared memory", site);
    std::uint16_t elements[8];
    for (int i = 0; i < 8; i++) elements[i] = ((const std::uint16_t*)row)[i];
    cuda_sim_ldmatrix(tiles, elements, transposed, site);
}

inline void copy_16(void* target, const void* source) {
    for (int i = 0; i < 4; i++) ((unsigned*)target)[i] = source ? ((const unsigned*)source)[i] : 0u;
}

}  // namespace cuda_sim

DEVICE float exp2_approx(float x) { return cuda_sim::flush_denormal(std::exp2(cuda_sim::flush_denormal(x))); }
DEVICE float log2_approx(float x) { return cuda_sim::flush_denormal(std::log2(cuda_sim::flush_denormal(x))); }
DEVICE float rsqrt_approx(float x) { return cuda_sim::flush_denormal(1.f / std::sqrt(cuda_sim::flush_denormal(x))); }
DEVICE float rcp_approx(float x) { return cuda_sim::flush_denormal(1.f / cuda_sim::flush_denormal(x)); }
DEVICE float max_float(float a, float b) { return std::fmax(a, b); }

DEVICE unsigned pack_bf16x2(float low, float high) {
    return cuda_sim::bf16_of_float(low) | cuda_sim::bf16_of_float(high) << 16;
}

DEVICE void load_whole(unsigned (&words)[4], const void* source, CUDA_SIM_SITE) {
    if (!cuda_sim::is_aligned_16(source)) cuda_sim_trap("vector load from an address that is not a multiple of 16", site);
    for (int i = 0; i < 4; i++) words[i] = ((const unsigned*)source)[i];
}

DEVICE void load_streamed(unsigned (&words)[4], const void* source, CUDA_SIM_SITE) {
    if (!cuda_sim::is_aligned_16(source)) cuda_sim_trap("load of 16 bytes from an address that is not aligned", site);
    for (int i = 0; i < 4; i++) words[i] = ((const unsigned*)source)[i];
}

DEVICE void ldmatrix_x4(unsigned (&tiles)[4], const void* row, CUDA_SIM_SITE) {
    cuda_sim::load_row(tiles, row, false, site);
}

DEVICE void ldmatrix_x4_trans(unsigned (&tiles)[4], const void* row, CUDA_SIM_SITE) {
    cuda_sim::load_row(tiles, row, true, site);
}

DEVICE void mma_m16n8k16(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1, CUDA_SIM_SITE) {
    cuda_sim_mma_m16n8k16(d, a, b0, b1, site);
}

DEVICE void cp_async_16(void* target, const void* source, bool valid, CUDA_SIM_SITE) {
    if (!cuda_sim::is_aligned_16(target)) cuda_sim_trap("cp.async to an address that is not a multiple of 16", site);
    if (!cuda_sim::is_aligned_16(source)) cuda_sim_trap("cp.async from an address that is not a multiple of 16", site);
    if (!cuda_sim_is_shared(target, 16)) cuda_sim_trap("cp.async to outside of shared memory", site);
    if (!valid) source = nullptr;
    if (!cuda_sim_thread->copy_at_wait) {
        cuda_sim::copy_16(target, source);
        return;
    }
    cuda_sim::AsyncCopies& pending = *cuda_sim_thread->copies;
    if (pending.count == cuda_sim::AsyncCopies::CAPACITY) cuda_sim_trap("too many cp.async without a wait", site);
    pending.copies[pending.count++] = {target, source, pending.group};
    // NaN as f32 and as bf16, so that a read before the wait shows.
    for (int i = 0; i < 4; i++) ((unsigned*)target)[i] = 0x7fff7fffu;
}

DEVICE void cp_async_commit() { cuda_sim_thread->copies->group++; }

template <int Pending>
DEVICE void cp_async_wait() {
    cuda_sim::AsyncCopies& pending = *cuda_sim_thread->copies;
    int kept = 0;
    for (int i = 0; i < pending.count; i++) {
        const cuda_sim::AsyncCopies::Copy& copy = pending.copies[i];
        if (copy.group < pending.group - Pending) cuda_sim::copy_16(copy.target, copy.source);
        else pending.copies[kept++] = copy;
    }
    pending.count = kept;
}

DEVICE void wait_for_dependencies(CUDA_SIM_SITE) { cuda_sim_wait_for_dependencies(site); }
DEVICE void launch_dependents() {}
