// The sum of the planes of a split product. They are added to the sums in order.
#pragma once
#include "base/quads.cuh"

// Loads that are in flight together, to hide the latency of the memory.
#define PLANES_TOGETHER 4

DEVICE void load_values(const float* source, float (&values)[QUAD]) { load_quad(source, values); }
DEVICE void load_values(const float* source, float (&values)[1]) { values[0] = source[0]; }

// A thread has Parts groups of Count values. Groups are `distance` values apart in a plane, and planes are `stride`
// values apart. The bits are those of a sum that begins with 0: the result is never -0, even without planes.
template <int Parts, int Count>
DEVICE void add_planes(float (&sums)[Parts][Count], const float* source, int distance, u64 stride, int planes) {
#pragma unroll 1
    for (int first = 0; first < planes; first += PLANES_TOGETHER) {
        float values[PLANES_TOGETHER][Parts][Count];
#pragma unroll
        for (int i = 0; i < PLANES_TOGETHER; i++) {
            if (first + i >= planes) continue;
            const float* plane = source + (u64)(first + i) * stride;
#pragma unroll
            for (int part = 0; part < Parts; part++) load_values(plane + part * distance, values[i][part]);
        }
#pragma unroll
        for (int i = 0; i < PLANES_TOGETHER; i++) {
            if (first + i >= planes) continue;
#pragma unroll
            for (int part = 0; part < Parts; part++) {
#pragma unroll
                for (int k = 0; k < Count; k++) sums[part][k] += values[i][part][k];
            }
        }
    }
#pragma unroll
    for (int part = 0; part < Parts; part++) {
#pragma unroll
        for (int k = 0; k < Count; k++) sums[part][k] += 0.f;
    }
}
