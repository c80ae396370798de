// Atomics. They are relaxed, as on a GPU, so that TSan does not treat them as barriers.
#pragma once

namespace cuda_sim {

template <class T, class Change>
inline T atomic_update(T* pointer, Change change) {
    T before, after;
    __atomic_load(pointer, &before, __ATOMIC_RELAXED);
    do after = change(before);
    while (!__atomic_compare_exchange(pointer, &before, &after, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return before;
}

}  // namespace cuda_sim

#define CUDA_SIM_ATOMIC(name, type, result)                                               \
    DEVICE type name(type* pointer, type value) {                                         \
        return cuda_sim::atomic_update(pointer, [=](type before) -> type { return result; }); \
    }

CUDA_SIM_ATOMIC(atomicAdd, int, before + value)
CUDA_SIM_ATOMIC(atomicAdd, unsigned, before + value)
CUDA_SIM_ATOMIC(atomicAdd, unsigned long long, before + value)
CUDA_SIM_ATOMIC(atomicAdd, float, before + value)
CUDA_SIM_ATOMIC(atomicSub, int, before - value)
CUDA_SIM_ATOMIC(atomicSub, unsigned, before - value)
CUDA_SIM_ATOMIC(atomicMax, int, before > value ? before : value)
CUDA_SIM_ATOMIC(atomicMax, unsigned, before > value ? before : value)
CUDA_SIM_ATOMIC(atomicMax, unsigned long long, before > value ? before : value)
CUDA_SIM_ATOMIC(atomicMin, int, before < value ? before : value)
CUDA_SIM_ATOMIC(atomicMin, unsigned, before < value ? before : value)
CUDA_SIM_ATOMIC(atomicMin, unsigned long long, before < value ? before : value)
CUDA_SIM_ATOMIC(atomicExch, int, ((void)before, value))
CUDA_SIM_ATOMIC(atomicExch, unsigned, ((void)before, value))
CUDA_SIM_ATOMIC(atomicExch, float, ((void)before, value))
CUDA_SIM_ATOMIC(atomicAnd, int, before & value)
CUDA_SIM_ATOMIC(atomicAnd, unsigned, before & value)
CUDA_SIM_ATOMIC(atomicOr, int, before | value)
CUDA_SIM_ATOMIC(atomicOr, unsigned, before | value)

#undef CUDA_SIM_ATOMIC

template <class T>
DEVICE T atomicCAS(T* pointer, typename std::common_type<T>::type compare, typename std::common_type<T>::type value) {
    __atomic_compare_exchange(pointer, &compare, &value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return compare;
}
