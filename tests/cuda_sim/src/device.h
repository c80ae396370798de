// The one device and its primary context.
#pragma once

namespace cuda_sim {

bool is_initialized();
// Whether the calling thread may work: 0, or why not.
int context_error();
int retained_contexts();

// The CUDA of NVRTC and cuBLAS, first number.
constexpr int TOOLKIT_MAJOR = 13;

// sm_90: what a block may have.
constexpr int MAX_THREADS = 1024;
constexpr int SHARED_PER_BLOCK = 48 << 10;
constexpr int SHARED_OPT_IN = 232448;

}  // namespace cuda_sim
