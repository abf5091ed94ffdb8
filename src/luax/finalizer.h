// SPDX-License-Identifier: BSD-3-Clause
// Whether a finalizer runs, a handler of jit.attach(), or a debug hook.

#ifndef SSS_LUAX_FINALIZER_H
#define SSS_LUAX_FINALIZER_H

// The garbage collector calls finalizers, and the compiler calls the handlers of jit.attach(), in
// the middle of whatever runs. Such a function must not wait, and must not close what the
// interrupted function works on. It has a Lua thread of its own, but may resume others. LuaJIT
// knows when it calls one, but has no function that says so: this is the only room that reads
// LuaJIT's internal state (lj_obj.h). It is asked at each operation.

#include <lua.h>
#include <stdbool.h>

bool finalizer_runs(lua_State *L);

// Does a debug hook run? One may wait, where the function that it interrupts does not wait itself.
bool hook_runs(lua_State *L);

#endif
