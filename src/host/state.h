// SPDX-License-Identifier: BSD-3-Clause
// A Lua state as a script finds it.

#ifndef SSS_HOST_STATE_H
#define SSS_HOST_STATE_H

// Standard libraries, ffi and jit included, the embedded modules ready to be required, the table
// `arg`. It refuses to run anything of the user's.

#include "host/cli.h"

#include <lua.h>

// A new state for this command line, or NULL after a message on standard error.
lua_State *state_new(const struct cli *cli);

// Runs what finalizers there are. The program is to end then: the state's memory is not freed.
void state_end(lua_State *L);

#endif
