// SPDX-License-Identifier: BSD-3-Clause
// Objects of the classes that are written in Lua.

#include "luax/object.h"

#include "luax/luax.h"

// An object is a userdata of no bytes; its environment is the state.

// The upvalues of make() and state_of().
enum { CLASS = 1, KIND = 2 };

// make(state) -> an object of the class
static int make_object(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_newuserdata(L, 0);
    lua_pushvalue(L, 1);
    lua_setfenv(L, -2);
    lua_pushvalue(L, lua_upvalueindex(CLASS));
    lua_setmetatable(L, -2);
    return 1;
}

static bool is_object(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TUSERDATA || !lua_getmetatable(L, 1))
        return false;
    bool is = lua_rawequal(L, -1, lua_upvalueindex(CLASS));
    lua_pop(L, 1);
    return is;
}

// state_of(object, method) -> the table that make() got; raises that METHOD was called on something
// else
static int object_state(lua_State *L)
{
    if (!is_object(L))
        return luax_raise(L, "calling '%s' on bad self (%s expected, got %s)",
                          luaL_optstring(L, 2, "?"), lua_tostring(L, lua_upvalueindex(KIND)),
                          lua_isnone(L, 1) ? "no value" : luaL_typename(L, 1));
    lua_getfenv(L, 1);
    return 1;
}

// Pushes F for the class whose metatable and whose kind are at these indexes.
static void push_for_class(lua_State *L, lua_CFunction f, int meta, int kind)
{
    lua_pushvalue(L, meta);
    lua_pushvalue(L, kind);
    lua_pushcclosure(L, f, 2);
}

// new_class(kind, methods, meta) -> make, state_of. META becomes the metatable of "sss.KIND".
static int object_class(lua_State *L)
{
    const char *kind = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TTABLE);
    lua_settop(L, 3);
    lua_pushvalue(L, 2);
    lua_setfield(L, 3, "__index");
    const char *name = lua_pushfstring(L, "sss.%s", kind);
    lua_insert(L, 3);
    luaL_unref(L, LUA_REGISTRYINDEX, luax_own_class(L, name));
    push_for_class(L, make_object, 4, 1);
    push_for_class(L, object_state, 4, 1);
    return 2;
}

void object_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"new_class", object_class}, {NULL, NULL}};
    luax_register(L, functions, false);
}
