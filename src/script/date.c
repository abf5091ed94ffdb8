// SPDX-License-Identifier: BSD-3-Clause
// Formats points in time.

#include "script/date.h"

#include "script/date_format.h"

#include <lauxlib.h>
#include <limits.h>
#include <math.h>
#include <string.h>

// Rounds down to whole seconds: half a second before 1970 was in 1969.
static time_t check_time(lua_State *L, int index)
{
    if (lua_isnoneornil(L, index))
        return time(NULL);
    double seconds = floor(luaL_checknumber(L, index));
    if (!(fabs(seconds) < 0x1p62))
        luaL_argerror(L, index, "time out of range");
    return (time_t)seconds;
}

static void set_number(lua_State *L, const char *key, double value)
{
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void push_table(lua_State *L, const struct tm *tm)
{
    lua_createtable(L, 0, 9);
    set_number(L, "sec", tm->tm_sec);
    set_number(L, "min", tm->tm_min);
    set_number(L, "hour", tm->tm_hour);
    set_number(L, "day", tm->tm_mday);
    set_number(L, "month", tm->tm_mon + 1);
    set_number(L, "year", tm->tm_year + 1900.0);
    set_number(L, "wday", tm->tm_wday + 1);
    set_number(L, "yday", tm->tm_yday + 1);
    if (tm->tm_isdst >= 0) {
        lua_pushboolean(L, tm->tm_isdst);
        lua_setfield(L, -2, "isdst");
    }
}

static void push_text(lua_State *L, const char *format, size_t length, const struct date *date)
{
    const char *end = format + length;
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    while (format < end) {
        const char *percent = memchr(format, '%', (size_t)(end - format));
        const char *stop = percent ? percent : end;
        luaL_addlstring(&out, format, (size_t)(stop - format));
        if (stop == end)
            break;
        struct date_text text;
        format = stop + date_convert(&text, stop, end, date);
        luaL_addlstring(&out, text.bytes, text.length);
    }
    luaL_pushresult(&out);
}

// os.date([format [, time]]) -> a string, or a table for "*t"
static int os_date(lua_State *L)
{
    size_t length;
    const char *format = luaL_optlstring(L, 1, "%c", &length);
    struct date date = {.time = check_time(L, 2), .utc = *format == '!'};
    struct tm *tm;
    if (date.utc) {
        format++, length--;
        tm = gmtime_r(&date.time, &date.tm);
    } else {
        tzset();
        tm = localtime_r(&date.time, &date.tm);
    }
    if (!tm)
        return luaL_argerror(L, 2, "time out of range");
    if (length == 2 && memcmp(format, "*t", 2) == 0)
        push_table(L, tm);
    else
        push_text(L, format, length, &date);
    return 1;
}

// The field KEY of the table on the top, less MINUS. When it is missing: OTHERWISE less MINUS, or
// an error if OTHERWISE is negative.
static int field(lua_State *L, const char *key, int otherwise, int minus)
{
    lua_getfield(L, -1, key);
    if (!lua_isnumber(L, -1)) {
        if (otherwise < 0)
            luaL_error(L, "field '%s' missing in date table", key);
        lua_pop(L, 1);
        return otherwise - minus;
    }
    double value = trunc(lua_tonumber(L, -1)) - minus;
    if (!(value >= INT_MIN && value <= INT_MAX))
        luaL_error(L, "field '%s' is out of range in date table", key);
    lua_pop(L, 1);
    return (int)value;
}

static int is_dst(lua_State *L)
{
    lua_getfield(L, -1, "isdst");
    int is = lua_isnil(L, -1) ? -1 : lua_toboolean(L, -1);
    lua_pop(L, 1);
    return is;
}

// os.time([table]) -> seconds since 1970, or nil for what the system cannot express
static int os_time(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        lua_pushnumber(L, (lua_Number)time(NULL));
        return 1;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct tm tm = {.tm_wday = -1};
    tm.tm_year = field(L, "year", -1, 1900);
    tm.tm_mon = field(L, "month", -1, 1);
    tm.tm_mday = field(L, "day", -1, 0);
    tm.tm_hour = field(L, "hour", 12, 0);
    tm.tm_min = field(L, "min", 0, 0);
    tm.tm_sec = field(L, "sec", 0, 0);
    tm.tm_isdst = is_dst(L);
    time_t t = mktime(&tm);
    if (t == -1 &&
        tm.tm_wday == -1) // -1 is also a second of 1969, for which mktime(3) sets tm_wday
        lua_pushnil(L);
    else
        lua_pushnumber(L, (lua_Number)t);
    return 1;
}

void date_install(lua_State *L)
{
    lua_getglobal(L, "os");
    lua_pushcfunction(L, os_date);
    lua_setfield(L, -2, "date");
    lua_pushcfunction(L, os_time);
    lua_setfield(L, -2, "time");
    lua_pop(L, 1);
}
