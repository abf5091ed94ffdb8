// SPDX-License-Identifier: BSD-3-Clause
// Finds embedded files by binary search.

#include "script/embedded.h"

#include <string.h>

// The index of the first file whose name is NAME or comes behind it.
static size_t lower_bound(const char *name)
{
    size_t low = 0;
    size_t high = embedded_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(embedded_files[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct embedded *embedded_find(const char *name)
{
    size_t at = lower_bound(name);
    if (at < embedded_count && strcmp(embedded_files[at].name, name) == 0)
        return &embedded_files[at];
    return NULL;
}

size_t embedded_range(const char *prefix, size_t *count)
{
    size_t length = strlen(prefix);
    size_t first = lower_bound(prefix);
    size_t end = first;
    while (end < embedded_count && strncmp(embedded_files[end].name, prefix, length) == 0)
        end++;
    *count = end - first;
    return first;
}
