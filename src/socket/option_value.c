// SPDX-License-Identifier: BSD-3-Clause
// Socket options as Lua values.

#include "socket/option_value.h"

#include "luax/luax.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static const struct sockopt *by_number(double n)
{
    bool whole = n >= 0 && n <= 1e12 && n == floor(n);
    return whole ? sockopt_by_code((long long)n) : NULL;
}

const struct sockopt *option_check(lua_State *L, int idx)
{
    const struct sockopt *option = NULL;
    if (lua_type(L, idx) == LUA_TNUMBER)
        option = by_number(lua_tonumber(L, idx));
    else if (lua_type(L, idx) == LUA_TSTRING)
        option = sockopt_by_name(lua_tostring(L, idx), lua_objlen(L, idx));
    else
        luax_type_error(L, idx, "name or number of an option");
    if (!option)
        luax_arg_error(L, idx, "unknown option '%s'", lua_tostring(L, idx));
    return option;
}

static int wrong_value(lua_State *L, int idx, const struct sockopt *option)
{
    const char *came = lua_isnone(L, idx) ? "no value" : luaL_typename(L, idx);
    return luax_arg_error(L, idx, "option '%s.%s' takes %s, got %s", option->table, option->name,
                          sockopt_takes(option), came);
}

static int out_of_range(lua_State *L, int idx, const struct sockopt *option)
{
    return luax_arg_error(L, idx, "option '%s.%s' takes %s; the value is out of range",
                          option->table, option->name, sockopt_takes(option));
}

static bool check_flag(lua_State *L, int idx, const struct sockopt *option)
{
    if (lua_isboolean(L, idx))
        return lua_toboolean(L, idx);
    double n = lua_tonumber(L, idx);
    if (lua_type(L, idx) != LUA_TNUMBER || n != floor(n))
        wrong_value(L, idx, option);
    return n != 0;
}

static double check_number(lua_State *L, int idx, const struct sockopt *option)
{
    if (lua_type(L, idx) != LUA_TNUMBER)
        wrong_value(L, idx, option);
    double n = lua_tonumber(L, idx);
    if (!(fabs(n) <= 1e15))
        out_of_range(L, idx, option);
    return n;
}

static long long check_whole(lua_State *L, int idx, const struct sockopt *option)
{
    double n = check_number(L, idx, option);
    if (n != floor(n))
        out_of_range(L, idx, option);
    return (long long)n;
}

// Raises an error when the table at IDX has other keys than FIRST and SECOND.
static void check_keys(lua_State *L, int idx, const struct sockopt *option, const char *first,
                       const char *second)
{
    lua_pushnil(L);
    while (lua_next(L, idx)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        if (strcmp(key, first) != 0 && strcmp(key, second) != 0)
            luax_arg_error(L, idx, "option '%s.%s' has no field '%s'", option->table, option->name,
                           key);
        lua_pop(L, 1);
    }
}

// {on=, seconds=}, a number of seconds, or false
static void check_linger(lua_State *L, int idx, const struct sockopt *option,
                         struct sockopt_value *value)
{
    value->on = true;
    if (lua_type(L, idx) == LUA_TNUMBER) {
        value->seconds = lua_tonumber(L, idx);
    } else if (lua_isboolean(L, idx) && !lua_toboolean(L, idx)) {
        value->on = false;
    } else if (lua_istable(L, idx)) {
        check_keys(L, idx, option, "on", "seconds");
        lua_getfield(L, idx, "on");
        lua_getfield(L, idx, "seconds");
        if (!lua_isnil(L, -2) && !lua_isboolean(L, -2))
            wrong_value(L, idx, option);
        value->on = lua_isnil(L, -2) || lua_toboolean(L, -2);
        bool has_seconds = lua_type(L, -1) == LUA_TNUMBER;
        if (!has_seconds && (value->on || !lua_isnil(L, -1)))
            wrong_value(L, idx, option);
        value->seconds = lua_tonumber(L, -1);
        lua_pop(L, 2);
    } else {
        wrong_value(L, idx, option);
    }
}

static void check_text(lua_State *L, int idx, const struct sockopt *option,
                       struct sockopt_value *value)
{
    if (lua_type(L, idx) != LUA_TSTRING)
        wrong_value(L, idx, option);
    const char *text = lua_tolstring(L, idx, &value->len);
    if (value->len > sizeof value->bytes)
        out_of_range(L, idx, option);
    memcpy(value->bytes, text, value->len);
}

// Copies the text on top of the stack, a field of the table at IDX, to TO and pops it; numbers
// become text.
static void take_text(lua_State *L, int idx, const struct sockopt *option, char *to, size_t size)
{
    size_t len = 0;
    const char *text = lua_isnil(L, -1) ? "" : lua_tolstring(L, -1, &len);
    if (!text)
        wrong_value(L, idx, option);
    if (len >= size || strlen(text) != len)
        out_of_range(L, idx, option);
    memcpy(to, text, len + 1);
    lua_pop(L, 1);
}

// {group=, interface=}
static void check_membership(lua_State *L, int idx, const struct sockopt *option,
                             struct sockopt_value *value)
{
    if (!lua_istable(L, idx))
        wrong_value(L, idx, option);
    check_keys(L, idx, option, "group", "interface");
    lua_getfield(L, idx, "group");
    if (lua_type(L, -1) != LUA_TSTRING)
        wrong_value(L, idx, option);
    take_text(L, idx, option, value->bytes, sizeof value->bytes);
    lua_getfield(L, idx, "interface");
    take_text(L, idx, option, value->interface, sizeof value->interface);
    value->len = strlen(value->bytes);
    if (value->len == 0)
        luax_arg_error(L, idx, "option '%s.%s' needs a group", option->table, option->name);
}

void option_value(lua_State *L, int idx, const struct sockopt *option, struct sockopt_value *value)
{
    memset(value, 0, sizeof *value);
    switch (option->kind) {
    case SOCKOPT_FLAG:
        value->on = check_flag(L, idx, option);
        break;
    case SOCKOPT_INT:
    case SOCKOPT_BUFFER:
        value->number = check_whole(L, idx, option);
        break;
    case SOCKOPT_SECONDS:
    case SOCKOPT_MILLIS:
    case SOCKOPT_TIMEVAL:
        value->seconds = check_number(L, idx, option);
        break;
    case SOCKOPT_LINGER:
        check_linger(L, idx, option, value);
        break;
    case SOCKOPT_TEXT:
    case SOCKOPT_BYTES:
        check_text(L, idx, option, value);
        break;
    case SOCKOPT_MEMBERSHIP:
        check_membership(L, idx, option, value);
        break;
    }
}

void option_push(lua_State *L, const struct sockopt *option, const struct sockopt_value *value)
{
    switch (option->kind) {
    case SOCKOPT_FLAG:
        lua_pushboolean(L, value->on);
        break;
    case SOCKOPT_INT:
    case SOCKOPT_BUFFER:
        lua_pushnumber(L, (lua_Number)value->number);
        break;
    case SOCKOPT_SECONDS:
    case SOCKOPT_MILLIS:
    case SOCKOPT_TIMEVAL:
        lua_pushnumber(L, value->seconds);
        break;
    case SOCKOPT_LINGER:
        lua_createtable(L, 0, 2);
        lua_pushboolean(L, value->on);
        lua_setfield(L, -2, "on");
        lua_pushnumber(L, value->seconds);
        lua_setfield(L, -2, "seconds");
        break;
    case SOCKOPT_TEXT:
    case SOCKOPT_BYTES:
    case SOCKOPT_MEMBERSHIP:
        lua_pushlstring(L, value->bytes, value->len);
        break;
    }
}

int option_fail(lua_State *L, const struct sockopt *option, int code)
{
    luax_push_error(L, luax_name(L), code, NULL);
    lua_pushfstring(L, "%s %s.%s", luax_name(L), option->table, option->name);
    lua_setfield(L, -2, "op");
    return lua_error(L);
}

// sss.SO and the like: lower-case names, numbers
static void add_table(lua_State *L, const char *table)
{
    char upper[16];
    size_t len = strlen(table);
    lua_newtable(L);
    for (const struct sockopt *o = sockopt_table; o->name; o++) {
        if (strcmp(o->table, table) != 0)
            continue;
        lua_pushnumber(L, (lua_Number)sockopt_code(o));
        lua_setfield(L, -2, o->name);
    }
    for (size_t i = 0; i <= len; i++)
        upper[i] = (char)toupper((unsigned char)table[i]);
    lua_setfield(L, -2, upper);
}

void option_open(lua_State *L)
{
    static const char *const tables[] = {"so", "tcp", "ip", "ipv6", "udp", NULL};
    for (int i = 0; tables[i]; i++)
        add_table(L, tables[i]);
    lua_getfield(L, -1, "SO");
    lua_setfield(L, -2, "so");
}
