// HEAD_WIDTH is the padded size of a head in queries and in the K/V pool. The padding is zero. So rows are aligned to
// 32 bytes, and the tensor cores have whole tiles of 16.
#pragma once

#if !defined(HEAD_SIZE)
#error "Define HEAD_SIZE."
#endif

#define HEAD_WIDTH ((HEAD_SIZE + 15) / 16 * 16)
