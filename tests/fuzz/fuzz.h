// SPDX-License-Identifier: BSD-3-Clause
// What the fuzz targets share.
//
// A target is one file fuzz_NAME.c that defines LLVMFuzzerTestOneInput(): libFuzzer calls it with
// inputs of its own making (make fuzz), replay.c with the files of seeds/NAME (make check). It
// stands on libc only. It refuses to go on when a promise is broken: FUZZ_REQUIRE aborts.
#ifndef SSS_TESTS_FUZZ_H
#define SSS_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_REQUIRE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

// What is left of an input.
struct input {
    const uint8_t *at;
    size_t left;
};

// The next byte; 0 when there is none.
static inline unsigned input_byte(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

// The next SIZE bytes as a number, the lowest first; SIZE <= 8.
static inline uint64_t input_number(struct input *in, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)input_byte(in) << (8 * i);
    return value;
}

// The next bytes, at most MOST, up to a NUL or newline, which is dropped: as a malloc'ed block of
// exactly *LEN bytes, so that the sanitizer sees a read behind it.
static inline char *input_word(struct input *in, size_t most, size_t *len)
{
    size_t n = 0;
    while (n < in->left && n < most && in->at[n] != '\0' && in->at[n] != '\n')
        n++;
    char *word = malloc(n > 0 ? n : 1);
    if (n > 0)
        memcpy(word, in->at, n);
    in->at += n;
    in->left -= n;
    input_byte(in);
    *len = n;
    return word;
}

// A copy of all that is left, malloc'ed, of exactly its size.
static inline uint8_t *input_rest(const struct input *in)
{
    uint8_t *copy = malloc(in->left > 0 ? in->left : 1);
    if (in->left > 0)
        memcpy(copy, in->at, in->left);
    return copy;
}

// Replaces numbers in SIZE bytes at DATA: first how many times, then where (two bytes), how many
// bytes (1, 2, 4, 8), and which. As text, a first digit "0" says none.
static inline unsigned input_patch(struct input *in, void *data, size_t size)
{
    unsigned count = input_byte(in) % 8;
    for (unsigned i = 0; i < count; i++) {
        size_t at = input_number(in, 2), width = (size_t)1 << input_byte(in) % 4;
        uint64_t value = input_number(in, (unsigned)width);
        if (width <= size && at <= size - width)
            memcpy((char *)data + at, &value, width);
    }
    return count;
}

#endif
