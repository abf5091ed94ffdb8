// SPDX-License-Identifier: BSD-3-Clause
// Feeds files to a fuzz target: PROGRAM FILE..., one "ok" line for each.

#include "fuzz.h"

#include <unistd.h>

enum { INPUT_MAX = 1 << 20, SECONDS_MAX = 20 };

int main(int argc, char **argv)
{
    static uint8_t input[INPUT_MAX];
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        FUZZ_REQUIRE(file);
        size_t size = fread(input, 1, sizeof input, file);
        fclose(file);
        uint8_t *copy = malloc(size > 0 ? size : 1);
        memcpy(copy, input, size);
        alarm(SECONDS_MAX); // an endless loop is a failure too
        LLVMFuzzerTestOneInput(copy, size);
        free(copy);
        printf("ok %s\n", argv[i]);
        fflush(stdout);
    }
    return 0;
}
