// SPDX-License-Identifier: BSD-3-Clause
// Makes the Lua state.

#include "host/state.h"

#include "host/bundle_scripts.h"
#include "host/message.h"
#include "script/base_functions.h"
#include "script/date.h"
#include "script/jit.h"
#include "script/modules.h"
#include "script/moon_module.h"

#include <lauxlib.h>
#include <lualib.h>

static int panic(lua_State *L)
{
    const char *text = lua_tostring(L, -1);
    message_format("fatal: error outside of any protected call: %s",
                   text ? text : luaL_typename(L, -1));
    return 0;
}

// arg[0] is the script; what stands before it has negative indexes.
static void set_arg_table(lua_State *L, const struct cli *cli)
{
    int after = cli->argc - cli->script;
    lua_createtable(L, after > 0 ? after : 0, cli->script + 1);
    for (int i = 0; i < cli->argc; i++) {
        lua_pushstring(L, cli->argv[i]);
        lua_rawseti(L, -2, i - cli->script);
    }
    lua_setglobal(L, "arg");
}

// LuaJIT's own handler of this event does not print error objects.
static void tell_finalizers_errors(lua_State *L)
{
    lua_getglobal(L, "jit");
    lua_getfield(L, -1, "attach");
    lua_pushcfunction(L, message_finalizer);
    lua_pushliteral(L, "errfin");
    lua_call(L, 2, 0);
    lua_pop(L, 1);
}

static int fill_state(lua_State *L)
{
    const struct cli *cli = lua_touserdata(L, 1);
    if (cli->no_environment) {
        // The package library looks at this field before it reads LUA_PATH and LUA_CPATH.
        lua_pushboolean(L, 1);
        lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
    }
    lua_gc(L, LUA_GCSTOP, 0);
    luaL_openlibs(L);
    tell_finalizers_errors(L);
    jit_begin(L);
    date_install(L);
    moon_module_install(L);
    base_functions_keep(L);
    modules_preload(L);
    modules_search(L);
    bundle_scripts_search(L);
    set_arg_table(L, cli);
    lua_gc(L, LUA_GCRESTART, -1);
    return 0;
}

lua_State *state_new(const struct cli *cli)
{
    lua_State *L = luaL_newstate();
    if (!L) {
        message_print("cannot make a Lua state: not enough memory");
        return NULL;
    }
    lua_atpanic(L, panic);
    if (lua_cpcall(L, fill_state, (void *)cli) != 0) {
        message_error(L);
        lua_close(L);
        return NULL;
    }
    return L;
}

#ifdef __SANITIZE_ADDRESS__
void state_end(lua_State *L)
{
    lua_close(L); // or the sanitizer would report leaks
}
#else
struct allocator {
    lua_Alloc function;
    void *data;
};

static void *allocate_only(void *data, void *block, size_t old_size, size_t size)
{
    const struct allocator *a = data;
    return size == 0 ? NULL : a->function(a->data, block, old_size, size);
}

// Finalizers run as usual, but nothing is freed, because the system takes the memory back at the
// end of the process. Freeing it piece by piece took a quarter of the time of a short script.
void state_end(lua_State *L)
{
    static struct allocator own;
    own.function = lua_getallocf(L, &own.data);
    lua_setallocf(L, allocate_only, &own);
    lua_close(L);
}
#endif
