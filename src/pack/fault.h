// SPDX-License-Identifier: BSD-3-Clause
// Why a file could not be read, written or packed.

#ifndef SSS_PACK_FAULT_H
#define SSS_PACK_FAULT_H

// The parts of the sentence "cannot ACTION PATH: REASON", for rooms that know neither Lua nor where
// the message goes. The texts are constants or belong to the caller; nothing is freed. It refuses
// to print.

#include "base/error.h"

struct fault {
    const char *action; // "read", "write", "pack", "use as runtime"
    const char *path;
    const char *reason;
};

// Fills *F and returns -1.
static inline int fault_set(struct fault *f, const char *action, const char *path,
                            const char *reason)
{
    *f = (struct fault){action, path, reason};
    return -1;
}

// The same for ERROR, a negative errno.
static inline int fault_errno(struct fault *f, const char *action, const char *path, int error)
{
    return fault_set(f, action, path, error_text(-error));
}

#endif
