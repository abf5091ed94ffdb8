// SPDX-License-Identifier: BSD-3-Clause
// Whether a finalizer runs, a handler of jit.attach(), or a debug hook.

#ifndef SSS_LUAX_FINALIZER_H
#define SSS_LUAX_FINALIZER_H

// The collector calls finalizers in the middle of whatever made it run, and the compiler its event
// handlers: one must not wait, nor take away what the function below it works on. They have a Lua
// thread of their own, but may resume others. LuaJIT knows when it calls one and has no function
// that tells; this is the one room that looks into its state (lj_obj.h). It is asked at each
// operation.

#include <lua.h>
#include <stdbool.h>

bool finalizer_runs(lua_State *L);

// A debug hook: it may wait where the function that it interrupts does not.
bool hook_runs(lua_State *L);

#endif
