// The operations of a warp's lanes together.
#pragma once
#include <cstring>
#include <string>

#include "cuda_sim/abi.h"

namespace cuda_sim {

// The last lane to arrive runs it once, for all lanes of the mask. arguments[lane] is that lane's argument.
typedef void (*WarpOperation)(void** arguments, unsigned mask);

struct Warp {
    // The lanes that have arrived at one operation. There may be several meetings with disjoint masks.
    struct Meeting {
        unsigned mask, arrived;
        WarpOperation operation;
        Site site;
        unsigned generation;
        char sync[2];  // its address is the meeting for TSan
    };
    static constexpr int MEETINGS = 32;

    Meeting meetings[MEETINGS];
    void* arguments[32];
    int lanes;

    void reset(int lanes_);
    // The meeting of the mask, begun if there is none.
    Meeting& meeting(unsigned mask, WarpOperation operation, Site site) {
        // The usual case: the whole warp meets, so there is no other meeting.
        Meeting& first = meetings[0];
        if (mask != ~0u || (first.arrived && first.mask != mask)) return search(mask, operation, site);
        if (!first.arrived) first.mask = mask, first.operation = operation, first.site = site;
        return first;
    }

private:
    Meeting& search(unsigned mask, WarpOperation operation, Site site);
};

inline bool same_site(Site a, Site b) {
    return a.line == b.line && (a.file == b.file || !std::strcmp(a.file, b.file));
}

std::string text_of(Site site);

}  // namespace cuda_sim
