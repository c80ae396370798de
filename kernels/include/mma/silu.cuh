// The gate of the MLP. Rows of the product alternate: a group of 8 gates, then the 8 up values.
#pragma once
#include "base/types.cuh"

#define GATE_GROUP 8

DEVICE float silu(float x) { return x * rcp_approx(1.f + exp2_approx(x * -1.4426950408889634f)); }

DEVICE float gated(float gate, float up) { return silu(gate) * up; }
