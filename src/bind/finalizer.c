// SPDX-License-Identifier: BSD-3-Clause
// Whether a finalizer runs, or a handler of jit.attach().

#include "bind/finalizer.h"

#include <lj_obj.h>

bool finalizer_runs(lua_State *L)
{
    return (G(L)->hookmask & (HOOK_GC | HOOK_VMEVENT)) != 0;
}
