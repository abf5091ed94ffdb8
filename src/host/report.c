// SPDX-License-Identifier: BSD-3-Clause
// Messages, error values as text, tracebacks.

#include "host/report.h"

#include "host/interrupt.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void write_message(const char *text, size_t size)
{
    fputs("sssrun: ", stderr);
    fwrite(text, 1, size, stderr);
    fputc('\n', stderr);
    fflush(stderr);
}

void report_text(const char *text)
{
    write_message(text, strlen(text));
}

void report_format(const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    report_text(text);
}

// Pushes the text of the error value at INDEX (absolute): strings and numbers as they are, objects
// by their __tostring.
static void push_error_text(lua_State *L, int index)
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

void report_error(lua_State *L)
{
    size_t size;
    push_error_text(L, lua_gettop(L));
    const char *text = lua_tolstring(L, -1, &size);
    write_message(text, size);
    lua_pop(L, 2);
}

// Frames that say nothing to the author of a script: those of the runtime's own Lua files, and C
// functions without a name ("[C]: at 0x...", "[builtin#36]: at 0x...").
static int is_inner_frame(const char *line)
{
    if (strncmp(line, "\t[sss]:", 7) == 0)
        return 1;
    const char *after = strchr(line, ']');
    return strncmp(line, "\t[", 2) == 0 && after != NULL && strncmp(after, "]: at 0x", 8) == 0;
}

// Replaces the traceback on top of the stack by one without inner frames.
static void filter_traceback(lua_State *L)
{
    luaL_Buffer buffer;
    size_t size;
    const char *line = lua_tolstring(L, -1, &size);
    const char *end = line + size;
    luaL_buffinit(L, &buffer);
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline == NULL ? end : newline + 1;
        if (!is_inner_frame(line))
            luaL_addlstring(&buffer, line, (size_t)(next - line));
        line = next;
    }
    luaL_pushresult(&buffer);
}

// A last line break that a dropped last frame left behind goes too.
static void push_trimmed(lua_State *L)
{
    size_t size;
    const char *text = lua_tolstring(L, -1, &size);
    while (size > 0 && text[size - 1] == '\n')
        size--;
    lua_pushlstring(L, text, size);
}

int report_traceback(lua_State *L)
{
    push_error_text(L, 1);
    if (interrupt_caused(lua_tostring(L, -1)))
        return 1;
    luaL_traceback(L, L, NULL, 1);
    filter_traceback(L);
    push_trimmed(L);
    lua_pushliteral(L, "\n");
    lua_insert(L, -2);
    lua_pushvalue(L, 2);
    lua_insert(L, -3);
    lua_concat(L, 3);
    return 1;
}
