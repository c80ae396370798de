// Visibility without a mask tensor: the keys that a row sees, and the keys of an item as one sequence or as tiles.
#pragma once
#include "base/types.cuh"
#include "host/step.cuh"

#define KEY_TILE 64

struct VisibleKeys {
    int prefix_end;
    int block_start, block_end;
};

struct KeyTile {
    int begin, end;  // at most KEY_TILE positions
};

DEVICE int min_int(int a, int b) { return a < b ? a : b; }
DEVICE int max_int(int a, int b) { return a > b ? a : b; }

// A block that begins in the prefix or at its end extends the prefix.
DEVICE VisibleKeys visible_keys(const StepRow& row) {
    bool joined = row.block_start <= row.prefix_end;
    int prefix_end = joined ? max_int(row.prefix_end, row.block_end) : row.prefix_end;
    return VisibleKeys{prefix_end, row.block_start, row.block_end};
}

DEVICE bool sees(const VisibleKeys& row, int position) {
    return position < row.prefix_end || (position >= row.block_start && position < row.block_end);
}

DEVICE bool sees_any(const VisibleKeys& row, const KeyTile& tile) {
    return tile.begin < row.prefix_end || max_int(tile.begin, row.block_start) < min_int(tile.end, row.block_end);
}

DEVICE bool sees_all(const VisibleKeys& row, const KeyTile& tile) {
    return tile.end <= row.prefix_end || (tile.begin >= row.block_start && tile.end <= row.block_end);
}

// The number of keys of an item, in both ranges.
DEVICE int key_count(const AttentionItem& item) { return item.end0 - item.begin0 + item.end1 - item.begin1; }

DEVICE int key_position(const AttentionItem& item, int index) {
    int first = item.end0 - item.begin0;
    return index < first ? item.begin0 + index : item.begin1 + index - first;
}

DEVICE int key_tiles(int begin, int end) { return (end - begin + KEY_TILE - 1) / KEY_TILE; }

DEVICE int key_tiles(const AttentionItem& item) {
    return key_tiles(item.begin0, item.end0) + key_tiles(item.begin1, item.end1);
}

// Tile t of an item. Each range begins with a new tile.
DEVICE KeyTile key_tile(const AttentionItem& item, int t) {
    int first = key_tiles(item.begin0, item.end0);
    int begin = t < first ? item.begin0 + t * KEY_TILE : item.begin1 + (t - first) * KEY_TILE;
    return KeyTile{begin, min_int(begin + KEY_TILE, t < first ? item.end0 : item.end1)};
}
