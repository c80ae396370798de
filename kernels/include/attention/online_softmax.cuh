// A softmax whose scores come in parts: the largest score so far, and sums relative to it. Scores are exponents of 2.
#pragma once
#include "base/types.cuh"

// Below all scores: nothing was seen yet.
#define NO_SCORE float_of_bits(0xff800000u)

// What to subtract from scores: their maximum, or zero where nothing was seen, as infinity minus itself is no number.
DEVICE float softmax_shift(float max) { return max == NO_SCORE ? 0.f : max; }

// What sums relative to max are to be multiplied by, to be relative to a larger one; 0 where nothing was seen.
DEVICE float softmax_factor(float max, float larger) { return exp2_approx(max - softmax_shift(larger)); }

// One over a sum of weights; a row that sees nothing (the host sends none) gets zeros.
DEVICE float softmax_inverse(float sum) { return sum > 0.f ? rcp_approx(sum) : 0.f; }
