// The driver's functions for a host. The tests link the simulator directly.
#pragma once
#include <cstddef>
#include <cstdint>

typedef std::uint64_t CUdeviceptr;
typedef void *CUmodule, *CUfunction, *CUstream, *CUevent, *CUgraph, *CUgraphExec, *CUcontext, *nvrtcProgram;

union CUlaunchAttributeValue {
    char pad[64];
    int programmaticStreamSerializationAllowed;
};
struct CUlaunchAttribute {
    int id;
    char pad[8 - sizeof(int)];
    CUlaunchAttributeValue value;
};
struct CUlaunchConfig {
    unsigned gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ, sharedMemBytes;
    CUstream hStream;
    CUlaunchAttribute* attrs;
    unsigned numAttrs;
};

extern "C" {
int cuInit(unsigned flags);
int cuDeviceGet(int* ordinal, int wanted);
int cuDeviceGetAttribute(int* value, int attribute, int ordinal);
int cuDevicePrimaryCtxRetain(CUcontext* context, int ordinal);
int cuDevicePrimaryCtxRelease_v2(int ordinal);
int cuCtxSetCurrent(CUcontext context);
int cuCtxSynchronize();
int cuMemAlloc_v2(CUdeviceptr* address, std::size_t bytes);
int cuMemFree_v2(CUdeviceptr address);
int cuMemGetInfo_v2(std::size_t* free, std::size_t* total);
int cuMemHostAlloc(void** address, std::size_t bytes, unsigned flags);
int cuMemFreeHost(void* address);
int cuMemcpyHtoD_v2(CUdeviceptr target, const void* source, std::size_t bytes);
int cuMemcpyDtoH_v2(void* target, CUdeviceptr source, std::size_t bytes);
int cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void* source, std::size_t bytes, CUstream stream);
int cuMemcpyDtoHAsync_v2(void* target, CUdeviceptr source, std::size_t bytes, CUstream stream);
int cuMemcpyDtoDAsync_v2(CUdeviceptr target, CUdeviceptr source, std::size_t bytes, CUstream stream);
int cuMemsetD8Async(CUdeviceptr target, unsigned char value, std::size_t count, CUstream stream);
int cuMemsetD32Async(CUdeviceptr target, unsigned value, std::size_t count, CUstream stream);
int cuMemsetD2D8Async(
    CUdeviceptr target, std::size_t pitch, unsigned char value, std::size_t width, std::size_t height, CUstream stream);
int cuStreamCreate(CUstream* stream, unsigned flags);
int cuStreamDestroy_v2(CUstream stream);
int cuStreamSynchronize(CUstream stream);
int cuStreamQuery(CUstream stream);
int cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags);
int cuEventCreate(CUevent* event, unsigned flags);
int cuEventDestroy_v2(CUevent event);
int cuEventRecord(CUevent event, CUstream stream);
int cuEventSynchronize(CUevent event);
int cuEventQuery(CUevent event);
int cuEventElapsedTime(float* milliseconds, CUevent begin, CUevent end);
int cuStreamBeginCapture_v2(CUstream stream, int mode);
int cuStreamEndCapture(CUstream stream, CUgraph* graph);
int cuStreamIsCapturing(CUstream stream, int* status);
int cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph, unsigned long long flags);
int cuGraphLaunch(CUgraphExec executable, CUstream stream);
int cuGraphDestroy(CUgraph graph);
int cuGraphExecDestroy(CUgraphExec executable);
int cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned count, void* options, void* values);
int cuModuleUnload(CUmodule module);
int cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name);
int cuFuncSetAttribute(CUfunction function, int attribute, int value);
int cuFuncGetAttribute(int* value, int attribute, CUfunction function);
int cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                   unsigned block_y, unsigned block_z, unsigned shared, CUstream stream, void** arguments,
                   void** extra);
int cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** arguments, void** extra);
int cuGetErrorName(int code, const char** name);

int nvrtcVersion(int* major, int* minor);
int nvrtcCreateProgram(nvrtcProgram* program, const char* text, const char* name, int header_count,
                       const char* const* headers, const char* const* include_names);
int nvrtcDestroyProgram(nvrtcProgram* program);
int nvrtcCompileProgram(nvrtcProgram program, int option_count, const char* const* options);
int nvrtcGetProgramLogSize(nvrtcProgram program, std::size_t* size);
int nvrtcGetProgramLog(nvrtcProgram program, char* log);
int nvrtcGetCUBINSize(nvrtcProgram program, std::size_t* size);
int nvrtcGetCUBIN(nvrtcProgram program, char* image);

int cublasCreate_v2(void** handle);
int cublasDestroy_v2(void* handle);
int cublasGetProperty(int property, int* value);
int cublasSetStream_v2(void* handle, CUstream stream);
int cublasGemmEx(void* handle, int transpose_a, int transpose_b, int m, int n, int k, const float* alpha, CUdeviceptr a,
                 int type_a, int stride_a, CUdeviceptr b, int type_b, int stride_b, const float* beta, CUdeviceptr c,
                 int type_c, int stride_c, int compute, int algorithm);

void cuda_sim_fail(const char* entry, int nth, int code);
long cuda_sim_calls(const char* entry);
int cuda_sim_pace_events(int on);
int cuda_sim_multiprocessors(int count);
void cuda_sim_reset();
long cuda_sim_live_objects();
long cuda_sim_live(const char* kind);
const char* cuda_sim_last_failure();
}
