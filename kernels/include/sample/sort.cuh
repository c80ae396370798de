// Bitonic sort of keys in shared memory by a whole block.
#pragma once
#include "base/types.cuh"

// Sorts in ascending order. The room up to the next power of two is filled with the largest key.
DEVICE void block_sort(u64* keys, int count) {
    int size = 1;
    while (size < count) size *= 2;
    for (int i = count + (int)threadIdx.x; i < size; i += (int)blockDim.x) keys[i] = ~0ull;
    __syncthreads();
    for (int run = 2; run <= size; run *= 2) {
        for (int distance = run / 2; distance > 0; distance /= 2) {
            for (int pair = (int)threadIdx.x; pair < size / 2; pair += (int)blockDim.x) {
                int low = 2 * pair - pair % distance, high = low + distance;
                u64 a = keys[low], b = keys[high];
                bool ascending = (low & run) == 0;
                if ((a > b) == ascending) keys[low] = b, keys[high] = a;
            }
            __syncthreads();
        }
    }
}

// A float as an integer with the same order.
DEVICE u32 ordered_bits(float value) {
    u32 bits = bits_of_float(value);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

DEVICE float float_of_ordered(u32 bits) { return float_of_bits(bits >> 31 ? bits & 0x7fffffffu : ~bits); }

// Ascending keys have falling values and, among equal values, rising ids.
DEVICE u64 rank_key(float value, int id) { return (u64)~ordered_bits(value) << 32 | (u32)id; }
DEVICE float value_of_key(u64 key) { return float_of_ordered(~(u32)(key >> 32)); }
DEVICE int id_of_key(u64 key) { return (int)(u32)key; }
