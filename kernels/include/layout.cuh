// Each kernel file ends with a layout kernel: the size of its parameter struct and the offset of each field, which a
// test compares with the C# mirror.  PARAMETER_LAYOUT(rms_norm, RmsNormParameters, FIELD(out) FIELD(weight) ...)
#pragma once

#define PARAMETER_LAYOUT(kernel, type, fields)                     \
    extern "C" __global__ void kernel##_layout(unsigned* layout) { \
        typedef type Parameters;                                   \
        int i = 0;                                                 \
        layout[i++] = (unsigned)sizeof(Parameters);                \
        fields                                                     \
    }
#define FIELD(name) layout[i++] = (unsigned)__builtin_offsetof(Parameters, name);
