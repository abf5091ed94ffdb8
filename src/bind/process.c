// SPDX-License-Identifier: BSD-3-Clause
// Processes, for lua/sss/9_*.lua.

#include "bind/process.h"

#include "bind/luax.h"
#include "bind/scheduler.h"
#include "bind/socket.h"
#include "loop/process.h"
#include "net/sock.h"

#include <poll.h>
#include <signal.h>

static int outcome(lua_State *L, int r)
{
    if (r < 0)
        return luax_fail(L, "workers", -r, NULL);
    lua_pushinteger(L, r);
    return 1;
}

// fork() -> the child's id, 0 in the child
static int private_fork(lua_State *L)
{
    return outcome(L, scheduler.alive > 0 ? -EBUSY : process_fork(scheduler_loop()));
}

// unblock(): in the child, when it is ready for signals
static int private_unblock(lua_State *L)
{
    (void)L;
    process_unblock();
    return 0;
}

// print_lines(): standard output goes out line by line
static int private_print_lines(lua_State *L)
{
    (void)L;
    process_print_lines();
    return 0;
}

// reap(id) -> nil while it runs, else "killed by signal" or "ended with status", and the number
static int private_reap(lua_State *L)
{
    struct process_end end;
    int r = process_reap((pid_t)luaL_checkinteger(L, 1), &end);
    if (r <= 0)
        return r < 0 ? outcome(L, r) : 0;
    lua_pushstring(L, end.killed ? "was killed by signal" : "ended with status");
    lua_pushinteger(L, end.number);
    return 2;
}

// ended() -> the id of a child to reap, or nil
static int private_ended(lua_State *L)
{
    pid_t child = process_ended();
    if (child <= 0)
        return 0;
    lua_pushinteger(L, child);
    return 1;
}

// kill(id, "TERM" | "KILL") -> is there such a process?
static int private_kill(lua_State *L)
{
    static const char *const words[] = {"TERM", "KILL", NULL};
    static const int numbers[] = {SIGTERM, SIGKILL};
    int signal = numbers[luaL_checkoption(L, 2, NULL, words)];
    lua_pushboolean(L, process_kill((pid_t)luaL_checkinteger(L, 1), signal) == 0);
    return 1;
}

// parent() -> its process id
static int private_parent(lua_State *L)
{
    lua_pushinteger(L, process_parent());
    return 1;
}

// cores() -> number of processors
static int private_cores(lua_State *L)
{
    lua_pushinteger(L, process_cores());
    return 1;
}

// refuse(socket): takes no further connections, but keeps those that wait to be accepted
static int private_refuse(lua_State *L)
{
    int r = sock_refuse(socket_check(L)->stream->fd);
    (void)r; // without the filter, a client that comes at the very end is reset instead of refused
    return 0;
}

// pending(socket) -> does a connection wait to be accepted?
static int private_pending(lua_State *L)
{
    lua_pushboolean(L, sock_poll(socket_check(L)->stream->fd, POLLIN, 0) > 0);
    return 1;
}

// main_waits() -> does the main script wait for something?
static int private_main_waits(lua_State *L)
{
    lua_pushboolean(L, scheduler.main.op.state != OP_IDLE);
    return 1;
}

void process_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"fork", private_fork},
        {"unblock", private_unblock},
        {"print_lines", private_print_lines},
        {"reap", private_reap},
        {"ended", private_ended},
        {"kill", private_kill},
        {"parent", private_parent},
        {"cores", private_cores},
        {"refuse", private_refuse},
        {"pending", private_pending},
        {"main_waits", private_main_waits},
        {NULL, NULL},
    };
    lua_newtable(L);
    luax_register(L, functions, false);
    lua_setfield(L, -2, "process");
}
