// SPDX-License-Identifier: BSD-3-Clause
// Little endian numbers at any address.

#ifndef SSS_BASE_LITTLE_H
#define SSS_BASE_LITTLE_H

// For file formats: the lowest byte comes first, on every processor and at every alignment.
// Compilers make one instruction of each function. It refuses to check bounds.

#include <stdint.h>

static inline uint32_t little_load32(const void *from)
{
    const unsigned char *b = from;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t little_load64(const void *from)
{
    const unsigned char *b = from;
    return b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
           (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 |
           (uint64_t)b[7] << 56;
}

static inline void little_store32(void *to, uint32_t value)
{
    unsigned char *b = to;
    for (int i = 0; i < 4; i++)
        b[i] = (unsigned char)(value >> 8 * i);
}

static inline void little_store64(void *to, uint64_t value)
{
    little_store32(to, (uint32_t)value);
    little_store32((unsigned char *)to + 4, (uint32_t)(value >> 32));
}

#endif
