// Access to four neighbouring values at once: f32 in, f32 or elements out. Addresses are multiples of four values.
#pragma once
#include "base/types.cuh"

#define QUAD 4

DEVICE void load_quad(const float* source, float (&values)[QUAD]) {
    u32 words[QUAD];
    load_whole(words, source);
#pragma unroll
    for (int i = 0; i < QUAD; i++) values[i] = float_of_bits(words[i]);
}

DEVICE void store_quad(float* target, const float (&values)[QUAD]) {
    Vector16 v;
    v.x = bits_of_float(values[0]), v.y = bits_of_float(values[1]);
    v.z = bits_of_float(values[2]), v.w = bits_of_float(values[3]);
    *(Vector16*)target = v;
}

#if defined(ELEMENT_BF16)
struct __align__(8) Vector8 {
    u32 x, y;
};

DEVICE void store_element_quad(element* target, const float (&values)[QUAD]) {
    Vector8 v;
    v.x = pack_bf16x2(values[0], values[1]);
    v.y = pack_bf16x2(values[2], values[3]);
    *(Vector8*)target = v;
}
#else
DEVICE void store_element_quad(element* target, const float (&values)[QUAD]) { store_quad(target, values); }
#endif
