// The one device and its primary context.
#pragma once

namespace cuda_sim {

bool is_initialized();
// 0 if the calling thread has a context, else the error.
int context_error();
int retained_contexts();

// The major version of NVRTC and cuBLAS.
constexpr int TOOLKIT_MAJOR = 13;

// The limits of a block on sm_90.
constexpr int MAX_THREADS = 1024;
constexpr int SHARED_PER_BLOCK = 48 << 10;
constexpr int SHARED_OPT_IN = 232448;

}  // namespace cuda_sim
