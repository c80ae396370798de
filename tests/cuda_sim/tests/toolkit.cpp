// The functions of NVRTC and cuBLAS that return their version.

extern "C" int nvrtcVersion(int* major, int* minor) {
    *major = MAJOR;
    *minor = 0;
    return 0;
}

extern "C" int cublasGetProperty(int property, int* value) {
    *value = property == 0 ? MAJOR : 0;
    return 0;
}
