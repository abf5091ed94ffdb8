// SPDX-License-Identifier: BSD-3-Clause
// What every Lua class of ours needs: registration, arguments, errors.

#include "luax/luax.h"

#include "base/error.h"
#include "sys/addr.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ERROR_CLASS "sss.error"

void luax_register(lua_State *L, const luaL_Reg *list, bool method)
{
    for (; list->name; list++) {
        lua_pushstring(L, list->name);
        lua_pushboolean(L, method);
        lua_pushcclosure(L, list->func, 2);
        lua_setfield(L, -2, list->name);
    }
}

// Hides the metatable on the top from scripts: getmetatable() returns another table, which they can
// compare, and changes of which have no effect. If a script makes that table a metatable itself, it
// is hidden too, so that getmetatable() still tells the objects of the class from others.
static void hide_metatable(lua_State *L, const char *name)
{
    lua_createtable(L, 0, 2);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setfield(L, -2, "__metatable");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
}

int luax_own_class(lua_State *L, const char *name)
{
    hide_metatable(L, name);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, name);
    lua_pushvalue(L, -1);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

int luax_class(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta)
{
    lua_newtable(L);
    int class = luax_own_class(L, name);
    luax_register(L, meta, true);
    if (methods) {
        lua_newtable(L);
        luax_register(L, methods, true);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, "__index");
        lua_remove(L, -2);
    } else {
        lua_pop(L, 1);
    }
    return class;
}

void luax_set_class(lua_State *L, int class)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, class);
    lua_setmetatable(L, -2);
}

bool luax_is_class(lua_State *L, int idx, int class)
{
    if (lua_type(L, idx) != LUA_TUSERDATA || !lua_getmetatable(L, idx))
        return false;
    lua_rawgeti(L, LUA_REGISTRYINDEX, class);
    bool is = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return is;
}

const char *luax_name(lua_State *L)
{
    return lua_tostring(L, lua_upvalueindex(1));
}

// Pushes "file:line: " of the innermost Lua function that is the script's own.
static void push_where(lua_State *L)
{
    lua_Debug ar;
    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline > 0 && strcmp(ar.short_src, LUAX_CHUNK) != 0) {
            lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

// Pushes the text, however long it is; lua_pushvfstring() knows few formats.
static const char *push_text(lua_State *L, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    size_t size = length < 0 ? strlen(format) + 1 : (size_t)length + 1; // < 0: more than 2 GiB
    char *text = lua_newuserdata(L, size);
    if (length < 0)
        memcpy(text, format, size);
    else
        vsnprintf(text, size, format, args);
    lua_pushlstring(L, text, size - 1);
    lua_remove(L, -2);
    return lua_tostring(L, -1);
}

int luax_raise(lua_State *L, const char *format, ...)
{
    va_list args;
    push_where(L);
    va_start(args, format);
    push_text(L, format, args);
    va_end(args);
    lua_concat(L, 2);
    return lua_error(L);
}

int luax_arg_error(lua_State *L, int idx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = push_text(L, format, args);
    va_end(args);
    int arg = idx - lua_toboolean(L, lua_upvalueindex(2));
    if (arg == 0)
        return luax_raise(L, "calling '%s' on bad self (%s)", luax_name(L), message);
    return luax_raise(L, "bad argument #%d to '%s' (%s)", arg, luax_name(L), message);
}

static const char *type_of(lua_State *L, int idx)
{
    const char *name = NULL;
    if (luaL_getmetafield(L, idx, "__name"))
        name = lua_tostring(L, -1);
    return name ? name : luaL_typename(L, idx);
}

int luax_type_error(lua_State *L, int idx, const char *expected)
{
    const char *came = lua_isnone(L, idx) ? "no value" : type_of(L, idx);
    return luax_arg_error(L, idx, "%s expected, got %s", expected, came);
}

void *luax_test(lua_State *L, int idx, const char *name)
{
    return luaL_testudata(L, idx, name);
}

void *luax_check(lua_State *L, int idx, const char *name)
{
    void *p = luax_test(L, idx, name);
    if (!p)
        luax_type_error(L, idx, name);
    return p;
}

const char *luax_string(lua_State *L, int idx, size_t *len)
{
    if (!lua_isstring(L, idx))
        luax_type_error(L, idx, "string");
    return lua_tolstring(L, idx, len);
}

long long luax_integer(lua_State *L, int idx, long long low, long long high)
{
    if (lua_type(L, idx) != LUA_TNUMBER)
        luax_type_error(L, idx, "whole number");
    double n = lua_tonumber(L, idx);
    if (n != floor(n))
        luax_arg_error(L, idx, "whole number expected, got %.14g", isnan(n) ? NAN : n);
    if (n < (double)low || n > (double)high)
        luax_arg_error(L, idx, "number from %lld to %lld expected, got %.14g", low, high, n);
    return (long long)n;
}

long long luax_opt_integer(lua_State *L, int idx, long long low, long long high,
                           long long otherwise)
{
    return lua_isnoneornil(L, idx) ? otherwise : luax_integer(L, idx, low, high);
}

double luax_seconds(lua_State *L, int idx)
{
    if (lua_type(L, idx) != LUA_TNUMBER)
        luax_type_error(L, idx, "number of seconds");
    double s = lua_tonumber(L, idx);
    if (!(s >= 0))
        luax_arg_error(L, idx, "0 or more seconds expected, got %g", isnan(s) ? NAN : s);
    return s;
}

void luax_function(lua_State *L, int idx)
{
    if (!lua_isfunction(L, idx))
        luax_type_error(L, idx, "function");
}

void luax_no_more(lua_State *L, int last)
{
    if (!lua_isnoneornil(L, last + 1))
        luax_arg_error(L, last + 1, "no such argument");
}

static bool is_among(const char *key, const char *const *keys)
{
    for (; *keys; keys++)
        if (strcmp(key, *keys) == 0)
            return true;
    return false;
}

bool luax_options(lua_State *L, int idx, const char *const *keys)
{
    if (lua_isnoneornil(L, idx))
        return false;
    if (!lua_istable(L, idx))
        luax_type_error(L, idx, "table of options");
    lua_pushnil(L);
    while (lua_next(L, idx)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        if (!key)
            luax_arg_error(L, idx, "option names are strings, got a %s", luaL_typename(L, -2));
        else if (!is_among(key, keys))
            luax_arg_error(L, idx, "unknown option '%s'", key);
        lua_pop(L, 1);
    }
    return true;
}

void luax_push_error(lua_State *L, const char *op, int code, const struct addr *address)
{
    char text[ADDR_TEXT_MAX] = "";
    lua_createtable(L, 0, 5);
    lua_pushstring(L, op);
    lua_setfield(L, -2, "op");
    lua_pushstring(L, error_name(code));
    lua_setfield(L, -2, "code");
    lua_pushinteger(L, code < ERROR_FIRST ? code : 0);
    lua_setfield(L, -2, "errno");
    if (address && address->len && !addr_is_unnamed(address)) {
        lua_pushlstring(L, text, addr_format(address, text));
        lua_setfield(L, -2, "address");
    }
    lua_pushstring(L, error_text(code));
    lua_setfield(L, -2, "message");
    luaL_getmetatable(L, ERROR_CLASS);
    lua_setmetatable(L, -2);
}

int luax_fail(lua_State *L, const char *op, int code, const struct addr *address)
{
    luax_push_error(L, op, code, address);
    return lua_error(L);
}

void luax_check_result(lua_State *L, int result, const struct addr *address)
{
    if (result < 0)
        luax_fail(L, luax_name(L), -result, address);
}

// tostring(err): "connect 127.0.0.1:1: Connection refused"
static int error_tostring(lua_State *L)
{
    lua_getfield(L, 1, "op");
    lua_getfield(L, 1, "address");
    lua_getfield(L, 1, "message");
    const char *op = lua_tostring(L, 2), *address = lua_tostring(L, 3);
    lua_pushfstring(L, "%s%s%s: %s", op ? op : "?", address ? " " : "", address ? address : "",
                    lua_tostring(L, 4));
    return 1;
}

void luax_open(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__tostring", error_tostring}, {NULL, NULL}};
    luax_class(L, ERROR_CLASS, NULL, meta);
}
