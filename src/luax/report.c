// SPDX-License-Identifier: BSD-3-Clause
// Tracebacks for the person at the terminal.

#include "luax/report.h"

#include "luax/luax.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Is this line of a traceback about a function that is part of the program? The program's Lua code
// may have been stripped of the names of its variables: then what it calls has the name ''.
static bool is_ours(const char *line, size_t len)
{
    static const char *const marks[] = {"\t" LUAX_CHUNK ":", "[C]: at 0x", "[C]: in function ''"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (memmem(line, len, marks[i], strlen(marks[i])))
            return true;
    }
    return false;
}

// The digits of "SOURCE:123:" in MESSAGE, where SOURCE has LEN bytes; their number, perhaps 0.
static size_t find_line_number(const char *message, const char *source, size_t len,
                               const char **digits)
{
    for (const char *at = message; (at = memmem(at, strlen(at), source, len)); at++) {
        if (at[len] != ':')
            continue;
        size_t count = strspn(at + len + 1, "0123456789");
        *digits = at + len + 1;
        if (count > 0 && (*digits)[count] == ':')
            return count;
    }
    return 0;
}

// Appends a line of a traceback. For a coroutine that a runtime error has ended, the line of the
// innermost function has no number ("\tFILE: in function"): it is taken from MESSAGE.
static void add_line(luaL_Buffer *b, const char *line, size_t len, const char *message)
{
    static const char in[] = ": in ";
    const char *digits, *gap = memmem(line, len, in, sizeof in - 1);
    size_t source = gap && line[0] == '\t' ? (size_t)(gap - line) : 0;
    size_t count = 0;
    if (message && source > 1 && !memchr(line, ':', source))
        count = find_line_number(message, line + 1, source - 1, &digits);
    luaL_addlstring(b, line, source);
    if (count > 0)
        luaL_addchar(b, ':');
    if (count > 0)
        luaL_addlstring(b, digits, count);
    luaL_addlstring(b, line + source, len - source);
}

// Appends TEXT line by line, but not the lines that are ours.
static void add_lines(luaL_Buffer *b, const char *text, const char *message)
{
    const char *gap = "";
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (!is_ours(text, len)) {
            luaL_addstring(b, gap);
            add_line(b, text, len, message);
            gap = "\n";
        }
        text += text[len] ? len + 1 : len;
    }
}

void report_traceback(lua_State *L, lua_State *co, const char *message, int level)
{
    luaL_Buffer b;
    luaL_traceback(L, co, NULL, level);
    const char *trace = lua_tostring(L, -1);
    luaL_buffinit(L, &b);
    if (message) {
        luaL_addstring(&b, message);
        luaL_addchar(&b, '\n');
    }
    add_lines(&b, trace, message);
    luaL_pushresult(&b);
    lua_remove(L, -2);
}

// add_traceback(error). The traceback leaves out this function and the message handler.
static int add_traceback(lua_State *L)
{
    lua_pushliteral(L, "traceback");
    report_traceback(L, L, NULL, 2);
    lua_rawset(L, 1);
    return 0;
}

static bool has_traceback(lua_State *L)
{
    lua_pushliteral(L, "traceback");
    lua_rawget(L, 1);
    bool has = !lua_isnil(L, -1);
    lua_pop(L, 1);
    return has;
}

int report_keep_trace(lua_State *L)
{
    lua_settop(L, 1);
    if (!lua_istable(L, 1) || !lua_getmetatable(L, 1))
        return 1;
    lua_settop(L, 1);
    if (has_traceback(L))
        return 1;
    lua_pushcfunction(L, add_traceback);
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 1, 0, 0) != 0)
        lua_settop(L, 1);
    return 1;
}

// Pushes the error value at IDX as text.
static void push_text(lua_State *L, int idx)
{
    if (luaL_callmeta(L, idx, "__tostring") && lua_isstring(L, -1))
        return;
    if (lua_isstring(L, idx))
        lua_pushvalue(L, idx);
    else
        lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, idx));
}

// report(error, co, name) -> text; NAME as a pointer
static int make_report(lua_State *L)
{
    const char *name = lua_touserdata(L, 3);
    push_text(L, 1);
    const char *message = lua_pushfstring(L, "%s failed: %s", name, lua_tostring(L, -1));
    report_traceback(L, lua_tothread(L, 2), message, 0);
    return 1;
}

const char report_lost[] = "a task failed, and there was no memory to tell how";

// FORMAT has one or two %s. NULL when there is no memory.
static struct report *make(const char *format, const char *first, const char *second)
{
    int length = snprintf(NULL, 0, format, first, second);
    struct report *report = length < 0 ? NULL : malloc(sizeof *report + (size_t)length + 1);
    if (!report)
        return NULL;
    list_init(&report->link);
    report->told = false;
    snprintf(report->text, (size_t)length + 1, format, first, second);
    return report;
}

struct report *report_failure(lua_State *L, const char *name)
{
    int error = lua_gettop(L) - 1;
    struct report *report = NULL;
    const char *text = lua_type(L, error) == LUA_TSTRING ? lua_tostring(L, error) : NULL;
    lua_pushcfunction(L, make_report);
    lua_pushvalue(L, error);
    lua_pushvalue(L, error + 1);
    lua_pushlightuserdata(L, (void *)name);
    if (lua_pcall(L, 3, 1, 0) == 0)
        report = make("%s%s", lua_tostring(L, -1), "");
    if (!report) // no memory for the traceback: without it
        report = text ? make("%s failed: %s", name, text)
                      : make("%s failed, and so did its report%s", name, "");
    lua_settop(L, error - 1);
    return report;
}
