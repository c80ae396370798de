// A softmax over scores that come in parts. Sums are relative to the largest score so far. Scores are exponents of 2.
#pragma once
#include "base/types.cuh"

// Minus infinity: no score yet.
#define NO_SCORE float_of_bits(0xff800000u)

// The number to subtract from scores: their maximum, or zero without scores, because infinity minus itself is NaN.
DEVICE float softmax_shift(float max) { return max == NO_SCORE ? 0.f : max; }

// The factor that makes sums relative to max relative to a larger maximum; 0 without scores.
DEVICE float softmax_factor(float max, float larger) { return exp2_approx(max - softmax_shift(larger)); }

// One over a sum of weights, or 0 for a row that sees no keys, which the host never sends.
DEVICE float softmax_inverse(float sum) { return sum > 0.f ? rcp_approx(sum) : 0.f; }
