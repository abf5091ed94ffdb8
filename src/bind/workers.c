// SPDX-License-Identifier: BSD-3-Clause
// The C half of sss.workers(): the rest is in lua/sss.

#include "bind/workers.h"

#include "loop/process.h"
#include "loop/signals.h"
#include "luax/luax.h"
#include "socket/socket.h"
#include "sys/sock.h"
#include "task/scheduler.h"

#include <poll.h>
#include <signal.h>
#include <string.h>

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
    return outcome(L, scheduler_counts().alive > 0 ? -EBUSY : process_fork(scheduler_loop()));
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

// The number of the signal whose name is at IDX, negative when there is none.
static int signal_at(lua_State *L, int idx)
{
    size_t len;
    const char *name = luaL_checklstring(L, idx, &len);
    return strcmp(name, "KILL") == 0 ? SIGKILL : signals_number(name, len);
}

// kill(id, name of a signal) -> is there such a process?
static int private_kill(lua_State *L)
{
    pid_t id = (pid_t)luaL_checkinteger(L, 1);
    int signal = signal_at(L, 2);
    lua_pushboolean(L, id > 0 && signal > 0 && process_kill(id, signal) == 0);
    return 1;
}

// disarm(name of a signal) -> its usual name, or nil when it cannot be watched. From now on the
// signal does nothing while it is not watched.
static int private_disarm(lua_State *L)
{
    size_t len;
    const char *name = luaL_checklstring(L, 1, &len);
    int number = signals_number(name, len);
    if (number < 0)
        return 0;
    signals_disarm(number);
    lua_pushstring(L, names_name(signals_names, number));
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
    int error = sock_refuse(socket_check(L)->stream->fd);
    (void)error; // without the filter, late clients are reset instead of refused
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
    lua_pushboolean(L, scheduler_main()->op.state != OP_IDLE);
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
        {"disarm", private_disarm},
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
