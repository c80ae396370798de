// The gate of the MLP, and where a gate and its up value stand in a product whose rows alternate in groups of 8.
#pragma once
#include "base/types.cuh"

#define GATE_GROUP 8

DEVICE float silu(float x) { return x * rcp_approx(1.f + exp2_approx(x * -1.4426950408889634f)); }

DEVICE float gated(float gate, float up) { return silu(gate) * up; }
