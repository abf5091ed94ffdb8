// SPDX-License-Identifier: BSD-3-Clause
// The files that are packed in this program.

#ifndef SSS_PACK_BUNDLE_H
#define SSS_PACK_BUNDLE_H

// A program that `sssrun build` made has an archive in its memory from the start: the kernel maps
// it. It is found by the program headers, so neither /proc nor the path of the program is needed.
// It refuses to run anything.

#include "pack/archive.h"

// Finds and checks the archive: 1 when there is one; 0 when there is none, or when the environment
// says SSSRUN_AS_RUNTIME=1; -EBADMSG when it is damaged, with a *REASON. To be called once, first.
int bundle_start(const char **reason);

// The archive that bundle_start() found, or NULL.
const struct archive *bundle_archive(void);

// The path of this program: its real one, or what serves to read it where that is gone or unknown.
// OWN has PATH_MAX bytes.
const char *bundle_program(char *own);

#endif
