// SPDX-License-Identifier: BSD-3-Clause
// The files that are packed in this program.

#ifndef SSS_PACK_BUNDLE_H
#define SSS_PACK_BUNDLE_H

// In a program that `sssrun build` has made, the kernel maps an archive into memory when the
// program starts. It is found by the program headers, so neither /proc nor the path of the program
// is needed. It refuses to run anything.

#include "pack/archive.h"

// Finds and checks the archive: 1 when there is one; 0 when there is none, or when
// SSSRUN_AS_RUNTIME=1 is in the environment; -EBADMSG with a *REASON when it is damaged. To be
// called once, before the other functions.
int bundle_start(const char **reason);

// The archive that bundle_start() found, or NULL.
const struct archive *bundle_archive(void);

// The path of this program: the real one, or where that is gone or unknown another one by which it
// can be read. OWN has PATH_MAX bytes for it.
const char *bundle_program(char *own);

#endif
