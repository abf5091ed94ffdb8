// SPDX-License-Identifier: BSD-3-Clause
// Messages, error values as text, tracebacks.

#include "host/message.h"

#include "base/notice.h"
#include "luax/report.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void message_print(const char *text)
{
    notice_write(text, strlen(text));
}

void message_format(const char *format, ...)
{
    char *text;
    va_list list;
    va_start(list, format);
    int length = vasprintf(&text, format, list);
    va_end(list);
    if (length >= 0)
        message_print(text);
    else
        message_print(format); // no memory: at least the format
    if (length >= 0)
        free(text);
}

void message_push_text(lua_State *L, int index)
{
    if (lua_isstring(L, index)) {
        lua_pushvalue(L, index);
        lua_tolstring(L, -1, NULL);
        return;
    }
    int top = lua_gettop(L);
    if (luaL_callmeta(L, index, "__tostring") && lua_isstring(L, -1))
        return;
    lua_settop(L, top);
    lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, index));
}

void message_error(lua_State *L)
{
    size_t size;
    message_push_text(L, lua_gettop(L));
    const char *text = lua_tolstring(L, -1, &size);
    notice_write(text, size);
    lua_pop(L, 2);
}

static int error_text(lua_State *L)
{
    message_push_text(L, 1);
    return 1;
}

int message_finalizer(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushcfunction(L, error_text);
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 1, 1, 0) != 0)
        lua_pushliteral(L, "(error object that fails when it is to become text)");
    fflush(stdout);
    message_format("error in a finalizer: %s", lua_tostring(L, -1));
    return 0;
}

void message_add_traceback(lua_State *L)
{
    lua_pushliteral(L, "\n");
    report_traceback(L, L, NULL, 2);
    lua_concat(L, 3);
}
