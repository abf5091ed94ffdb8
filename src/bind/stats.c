// SPDX-License-Identifier: BSD-3-Clause
// What the program has done so far, in numbers.

#include "bind/stats.h"

#include "base/bytes.h"
#include "loop/poller.h"
#include "luax/luax.h"
#include "sys/sock.h"
#include "task/scheduler.h"

struct number {
    const char *name;
    uint64_t value;
};

// A table of the N numbers.
static void push_numbers(lua_State *L, const struct number *numbers, int n)
{
    lua_createtable(L, 0, n + 1);
    for (int i = 0; i < n; i++) {
        lua_pushnumber(L, (lua_Number)numbers[i].value);
        lua_setfield(L, -2, numbers[i].name);
    }
}

static void push_calls(lua_State *L)
{
    const struct sock_counts *c = &sock_counts;
    const struct number numbers[] = {
        {"recv", c->recv},
        {"send", c->send},
        {"accept", c->accept},
        {"connect", c->connect},
        {"close", c->close},
        {"sendfile", c->sendfile},
        {"other", c->other},
        {"epoll_wait", poller_counts.waits},
        {"epoll_ctl", poller_counts.changes},
    };
    push_numbers(L, numbers, sizeof numbers / sizeof *numbers);
}

// sss.stats() -> table of numbers
static int stats(lua_State *L)
{
    const struct scheduler_counts c = scheduler_counts();
    const struct number numbers[] = {
        {"operations", c.operations},
        {"waits", c.waits},
        {"tasks", c.alive},
        {"spawned", c.spawned},
        {"received", sock_counts.received},
        {"sent", sock_counts.sent},
        {"buffers", bytes_counts.buffers},
        {"buffer_bytes", bytes_counts.bytes},
    };
    luax_no_more(L, 0);
    push_numbers(L, numbers, sizeof numbers / sizeof *numbers);
    push_calls(L);
    lua_setfield(L, -2, "calls");
    return 1;
}

void stats_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"stats", stats}, {NULL, NULL}};
    luax_register(L, functions, false);
}
