// The size of a head, and the width that it takes in queries and in the K/V pool: zeros behind HEAD_SIZE, so that
// rows start at 32 bytes and the tensor cores' tiles of 16 are whole.
#pragma once

#if !defined(HEAD_SIZE)
#error "Define HEAD_SIZE."
#endif

#define HEAD_WIDTH ((HEAD_SIZE + 15) / 16 * 16)
