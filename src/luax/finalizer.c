// SPDX-License-Identifier: BSD-3-Clause
// Whether a finalizer runs, a handler of jit.attach(), or a debug hook.

#include "luax/finalizer.h"

#include <lj_obj.h>

bool hook_runs(lua_State *L)
{
    return (G(L)->hookmask & HOOK_ACTIVE) != 0;
}

bool finalizer_runs(lua_State *L)
{
    return (G(L)->hookmask & (HOOK_GC | HOOK_VMEVENT)) != 0;
}
