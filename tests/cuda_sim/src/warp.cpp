#include "warp.h"

#include <cstdint>
#include <cstring>
#include <string>

#include "block.h"

namespace cuda_sim {

void Warp::reset(int lanes_) {
    lanes = lanes_;
    for (Meeting& meeting : meetings) meeting.arrived = 0;
}

Warp::Meeting& Warp::search(unsigned mask, WarpOperation operation, Site site) {
    Meeting* free = nullptr;
    for (Meeting& meeting : meetings) {
        if (meeting.arrived && meeting.mask == mask) return meeting;
        if (!meeting.arrived && !free) free = &meeting;
    }
    free->mask = mask;
    free->operation = operation;
    free->site = site;
    return *free;
}

std::string text_of(Site site) {
    const char* name = std::strrchr(site.file, '/');
    return std::string(name ? name + 1 : site.file) + ":" + std::to_string(site.line);
}

namespace {

struct Shuffle {
    std::uint64_t value, result;
    unsigned source;
};

struct Ballot {
    bool predicate;
    unsigned result;
};

struct MatrixLoad {
    const std::uint16_t* row;
    bool transposed;
    std::uint32_t* tiles;
};

struct Product {
    float* d;
    const std::uint32_t* a;
    std::uint32_t b[2];
};

void shuffle(void** lanes, unsigned mask) {
    for (unsigned lane = 0; lane < 32; lane++) {
        if (!(mask >> lane & 1)) continue;
        Shuffle& own = *(Shuffle*)lanes[lane];
        own.result = ((Shuffle*)lanes[own.source])->value;
    }
}

void ballot(void** lanes, unsigned mask) {
    unsigned votes = 0;
    for (unsigned lane = 0; lane < 32; lane++)
        if ((mask >> lane & 1) && ((Ballot*)lanes[lane])->predicate) votes |= 1u << lane;
    for (unsigned lane = 0; lane < 32; lane++)
        if (mask >> lane & 1) ((Ballot*)lanes[lane])->result = votes;
}

// Lane 8 m + r provides row r of matrix m. Lane l receives elements 2 (l % 4) and 2 (l % 4) + 1 of row l / 4 of each
// matrix (transposed: of column l / 4).
void load_matrices(void** lanes, unsigned) {
    for (int lane = 0; lane < 32; lane++) {
        MatrixLoad& own = *(MatrixLoad*)lanes[lane];
        int outer = lane / 4, inner = lane % 4 * 2;
        for (int m = 0; m < 4; m++) {
            auto row = [&](int r) { return ((MatrixLoad*)lanes[m * 8 + r])->row; };
            std::uint32_t low = own.transposed ? row(inner)[outer] : row(outer)[inner];
            std::uint32_t high = own.transposed ? row(inner + 1)[outer] : row(outer)[inner + 1];
            own.tiles[m] = low | high << 16;
        }
    }
}

float bf16(std::uint32_t bits) {
    bits <<= 16;
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

struct Tiles {
    float a[16][16], b[16][8], d[16][8];
};

void gather(void** lanes, Tiles& tiles) {
    for (int lane = 0; lane < 32; lane++) {
        const Product& own = *(Product*)lanes[lane];
        int group = lane / 4, pair = lane % 4 * 2;
        for (int r = 0; r < 4; r++) {
            float* a = &tiles.a[group + (r & 1) * 8][pair + (r >> 1) * 8];
            a[0] = bf16(own.a[r] & 0xffff), a[1] = bf16(own.a[r] >> 16);
            tiles.d[group + (r >> 1) * 8][pair + (r & 1)] = own.d[r];
        }
        for (int r = 0; r < 2; r++) {
            tiles.b[pair + r * 8][group] = bf16(own.b[r] & 0xffff);
            tiles.b[pair + r * 8 + 1][group] = bf16(own.b[r] >> 16);
        }
    }
}

void multiply(void** lanes, unsigned) {
    static Tiles tiles;
    gather(lanes, tiles);
    for (int i = 0; i < 16; i++)
        for (int k = 0; k < 16; k++)
            for (int j = 0; j < 8; j++) tiles.d[i][j] += tiles.a[i][k] * tiles.b[k][j];
    for (int lane = 0; lane < 32; lane++) {
        float* d = ((Product*)lanes[lane])->d;
        int group = lane / 4, pair = lane % 4 * 2;
        for (int r = 0; r < 4; r++) d[r] = tiles.d[group + (r >> 1) * 8][pair + (r & 1)];
    }
}

}  // namespace

}  // namespace cuda_sim

using namespace cuda_sim;

#define KERNEL_API extern "C" __attribute__((visibility("default")))

KERNEL_API void cuda_sim_syncthreads(Site site) { Block::current().sync_threads(site); }
KERNEL_API void cuda_sim_wait_for_dependencies(Site site) { Block::current().wait_for_dependencies(site); }

KERNEL_API void cuda_sim_syncwarp(unsigned mask, Site site) { Block::current().sync_warp(mask, site); }

KERNEL_API unsigned cuda_sim_ballot(unsigned mask, bool predicate, Site site) {
    Ballot own = {predicate, 0};
    Block::current().join_warp(mask, ballot, &own, "ballot", site);
    return own.result;
}

KERNEL_API std::uint64_t cuda_sim_shuffle(unsigned mask, std::uint64_t value, unsigned source, Site site) {
    if (!(mask >> source & 1)) cuda_sim_trap("shuffle from a lane that is not in the mask", site);
    Shuffle own = {value, 0, source};
    Block::current().join_warp(mask, shuffle, &own, "shuffle", site);
    return own.result;
}

KERNEL_API void cuda_sim_ldmatrix(std::uint32_t* tiles, const std::uint16_t* row, bool transposed, Site site) {
    MatrixLoad own = {row, transposed, tiles};
    Block::current().join_warp(~0u, load_matrices, &own, "ldmatrix", site);
}

KERNEL_API void cuda_sim_mma_m16n8k16(
    float* d, const std::uint32_t* a, std::uint32_t b0, std::uint32_t b1, Site site) {
    Product own = {d, a, {b0, b1}};
    Block::current().join_warp(~0u, multiply, &own, "mma", site);
}

KERNEL_API void cuda_sim_trap(const char* what, Site site) {
    Block::current().fail(std::string(what) + ", " + text_of(site));
}
