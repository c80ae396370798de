// The part of NVRTC and cuBLAS by which a host finds out their version.

extern "C" int nvrtcVersion(int* major, int* minor) {
    *major = MAJOR;
    *minor = 0;
    return 0;
}

extern "C" int cublasGetProperty(int property, int* value) {
    *value = property == 0 ? MAJOR : 0;
    return 0;
}
