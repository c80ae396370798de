// Each kernel file ends with a layout kernel. It writes the size of the parameter struct and the offset of each field,
// which a test compares with the C# mirror: PARAMETER_LAYOUT(rms_norm, RmsNormParameters, FIELD(out) FIELD(weight) ...)
// Only tests compile it, with -DPARAMETER_LAYOUTS.
#pragma once

#if defined(PARAMETER_LAYOUTS)
#define PARAMETER_LAYOUT(kernel, type, fields)                     \
    extern "C" __global__ void kernel##_layout(unsigned* layout) { \
        type p;                                                    \
        int i = 0;                                                 \
        layout[i++] = (unsigned)sizeof p;                          \
        fields                                                     \
    }
// The difference of addresses, because NVRTC before 13.4 has no offsetof.
#define FIELD(name) layout[i++] = (unsigned)((const char*)&p.name - (const char*)&p);
#else
#define PARAMETER_LAYOUT(kernel, type, fields)
#endif
