// Names of integer types, the element type of weights and activations, and its conversions. Every kernel includes it.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#include "base/dialect.cuh"
#include "ptx/ptx.cuh"

#define FULL_WARP 0xffffffffu
#define WARP_SIZE 32

// 16 bytes that move in one access; the address must be a multiple of 16.
struct __align__(16) Vector16 {
    u32 x, y, z, w;
};

DEVICE float bf16_to_float(u16 bits) { return float_of_bits((u32)bits << 16); }
DEVICE float bf16_low_to_float(u32 pair) { return float_of_bits(pair << 16); }
DEVICE float bf16_high_to_float(u32 pair) { return float_of_bits(pair & 0xffff0000u); }
DEVICE u16 float_to_bf16(float value) { return (u16)pack_bf16x2(value, 0.f); }

// -DELEMENT_BF16 or -DELEMENT_F32 selects the element type. Sums are f32 in both.
#if defined(ELEMENT_BF16)
typedef u16 element;
#define ELEMENTS_PER_VECTOR 8
DEVICE float element_to_float(element value) { return bf16_to_float(value); }
DEVICE element float_to_element(float value) { return float_to_bf16(value); }

DEVICE void load_vector(const element* source, float (&values)[8]) {
    Vector16 v = *(const Vector16*)source;
    values[0] = bf16_low_to_float(v.x), values[1] = bf16_high_to_float(v.x);
    values[2] = bf16_low_to_float(v.y), values[3] = bf16_high_to_float(v.y);
    values[4] = bf16_low_to_float(v.z), values[5] = bf16_high_to_float(v.z);
    values[6] = bf16_low_to_float(v.w), values[7] = bf16_high_to_float(v.w);
}

DEVICE void store_vector(element* target, const float (&values)[8]) {
    Vector16 v;
    v.x = pack_bf16x2(values[0], values[1]);
    v.y = pack_bf16x2(values[2], values[3]);
    v.z = pack_bf16x2(values[4], values[5]);
    v.w = pack_bf16x2(values[6], values[7]);
    *(Vector16*)target = v;
}
#elif defined(ELEMENT_F32)
typedef float element;
#define ELEMENTS_PER_VECTOR 4
DEVICE float element_to_float(element value) { return value; }
DEVICE element float_to_element(float value) { return value; }

DEVICE void load_vector(const element* source, float (&values)[4]) {
    Vector16 v = *(const Vector16*)source;
    values[0] = float_of_bits(v.x), values[1] = float_of_bits(v.y);
    values[2] = float_of_bits(v.z), values[3] = float_of_bits(v.w);
}

DEVICE void store_vector(element* target, const float (&values)[4]) {
    Vector16 v;
    v.x = bits_of_float(values[0]), v.y = bits_of_float(values[1]);
    v.z = bits_of_float(values[2]), v.w = bits_of_float(values[3]);
    *(Vector16*)target = v;
}
#else
#error "Define ELEMENT_BF16 or ELEMENT_F32."
#endif
