// SPDX-License-Identifier: BSD-3-Clause
// The version of the program, in one place.

#ifndef SSS_HOST_VERSION_H
#define SSS_HOST_VERSION_H

// Printed by -v and --version, and what a script's bug report should name. It refuses to know what
// is linked in: LuaJIT tells its own version.

#define SSSRUN_VERSION "0.1.0"

#endif
