// SPDX-License-Identifier: BSD-3-Clause
// Tracebacks for the person at the terminal.

#include "bind/report.h"

#include "bind/luax.h"

#include <stdbool.h>
#include <string.h>

// Is this line of a traceback about a frame of the program's own? The program's Lua code may be
// without the names of its variables: what it calls then has the name ''.
static bool is_ours(const char *line, size_t len)
{
    static const char *const marks[] = {"\t" LUAX_CHUNK ":", "[C]: at 0x", "[C]: in function ''"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (memmem(line, len, marks[i], strlen(marks[i])))
            return true;
    }
    return false;
}

// Appends TEXT line by line, but not the lines that are ours.
static void add_lines(luaL_Buffer *b, const char *text)
{
    const char *gap = "";
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (!is_ours(text, len)) {
            luaL_addstring(b, gap);
            luaL_addlstring(b, text, len);
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
    add_lines(&b, trace);
    luaL_pushresult(&b);
    lua_remove(L, -2);
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

// report(error, co, name) -> text
static int make_report(lua_State *L)
{
    push_text(L, 1);
    const char *message =
        lua_pushfstring(L, "%s failed: %s", lua_tostring(L, 3), lua_tostring(L, -1));
    report_traceback(L, lua_tothread(L, 2), message, 0);
    return 1;
}

char *report_failure(lua_State *L, const char *name)
{
    lua_pushcfunction(L, make_report);
    lua_insert(L, -3);
    lua_pushstring(L, name);
    int failed = lua_pcall(L, 3, 1, 0);
    const char *text = lua_tostring(L, -1);
    char *report = strdup(failed || !text ? "a task failed, and so did its report" : text);
    lua_pop(L, 1);
    return report;
}
