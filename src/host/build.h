// SPDX-License-Identifier: BSD-3-Clause
// `sssrun build`.

#ifndef SSS_HOST_BUILD_H
#define SSS_HOST_BUILD_H

// Makes one program of a script, its modules and its data files. The embedded lua/build/*.lua do
// the work, on host/pack_module, which writes the program, and script/moon. It refuses to know the
// format.

#include "host/cli.h"

#include <lua.h>

// Does what the arguments behind `build` in CLI say. Returns the exit status; errors are reported
// on standard error.
int build_run(lua_State *L, const struct cli *cli);

// The text of `sssrun build --help`; its last line ends with a line feed.
const char *build_usage(void);

#endif
