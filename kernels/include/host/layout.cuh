// Each kernel file ends with a layout kernel: the size of its parameter struct and the offset of each field, which a
// test compares with the C# mirror.  PARAMETER_LAYOUT(rms_norm, RmsNormParameters, FIELD(out) FIELD(weight) ...)
// Only such a test compiles them, with -DPARAMETER_LAYOUTS; what serves a model has none.
#pragma once

#if defined(PARAMETER_LAYOUTS)
#define PARAMETER_LAYOUT(kernel, type, fields)                     \
    extern "C" __global__ void kernel##_layout(unsigned* layout) { \
        type p;                                                    \
        int i = 0;                                                 \
        layout[i++] = (unsigned)sizeof p;                          \
        fields                                                     \
    }
// Of addresses: NVRTC before 13.4 has no offsetof of its own.
#define FIELD(name) layout[i++] = (unsigned)((const char*)&p.name - (const char*)&p);
#else
#define PARAMETER_LAYOUT(kernel, type, fields)
#endif
