// SPDX-License-Identifier: BSD-3-Clause
// `sssrun help [topic]`.

#ifndef SSS_HOST_HELP_H
#define SSS_HOST_HELP_H

// Prints from the embedded annotations lua/meta/sss.lua, manual/* and license/*; the embedded
// lua/help.lua does the reading and the layout. It refuses to hold any text about `sss` itself.

#include "host/cli.h"

#include <lua.h>

// Prints the topic that CLI names, or the overview, on standard output: 0. An unknown topic: 2,
// with the nearest ones on standard error. 1 when something failed.
int help_print(lua_State *L, const struct cli *cli);

#endif
