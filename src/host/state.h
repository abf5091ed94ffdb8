// SPDX-License-Identifier: BSD-3-Clause
// A Lua state as a script finds it.

#ifndef SSS_HOST_STATE_H
#define SSS_HOST_STATE_H

// It has the standard libraries with ffi and jit, the embedded modules for `require`, and the table
// `arg`. It refuses to run any code of the user.

#include "host/cli.h"

#include <lua.h>

// A new state for this command line, or NULL after a message on standard error.
lua_State *state_new(const struct cli *cli);

// Runs the finalizers. The memory of the state is not freed: the program must end after this.
void state_end(lua_State *L);

#endif
