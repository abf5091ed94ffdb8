// SPDX-License-Identifier: BSD-3-Clause
// SIGINT becomes an error in the script.

#include "host/interrupt.h"

#include "host/message.h"
#include "sys/disposition.h"
#include "task/scheduler.h"

#include <lauxlib.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GRACE_SECONDS 1

static const char message[] = "sssrun: interrupted\n";
static lua_State *volatile running;
static volatile sig_atomic_t interrupted;
static bool stopped_coroutine;

// A timer of its own, because SIGALRM belongs to the script. It sends SIGINT.
static struct {
    timer_t timer;
    volatile sig_atomic_t exists;
} grace;

// Without SA_RESTART, so that the signal also ends a read from the terminal.
static void set_handler(int number, void (*handler)(int))
{
    disposition_set(number, handler, 0, NULL);
}

static void stop_grace(void)
{
    if (grace.exists)
        timer_delete(grace.timer);
    grace.exists = 0;
}

// The timer is made here, in a signal handler, because a forked process does not inherit it. For
// one that sends a signal, timer_create() is nothing but a system call.
static void start_grace(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGINT};
    struct itimerspec span = {.it_value = {.tv_sec = GRACE_SECONDS}};
    stop_grace();
    if (timer_create(CLOCK_MONOTONIC, &event, &grace.timer) < 0)
        return;
    grace.exists = 1;
    timer_settime(grace.timer, 0, &span, NULL);
}

static bool is_grace_over(void)
{
    struct itimerspec left;
    return grace.exists && timer_gettime(grace.timer, &left) == 0 && left.it_value.tv_sec == 0 &&
           left.it_value.tv_nsec == 0;
}

static int object_tostring(lua_State *L)
{
    lua_getfield(L, 1, "message");
    return 1;
}

// In a coroutine the error object has the code "cancelled", because a task that is stopped has not
// failed.
static void push_cancelled(lua_State *L)
{
    lua_newtable(L);
    lua_pushliteral(L, "cancelled");
    lua_setfield(L, -2, "code");
    lua_pushliteral(L, "interrupted");
    lua_setfield(L, -2, "message");
    lua_newtable(L);
    lua_pushcfunction(L, object_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_setmetatable(L, -2);
}

static int describe(lua_State *L);
static void take(void);

// Is it the program's own message handler that is about to run? Then another error has come first
// (of a read that the signal has ended, for example), and the handler calls interrupt_caused(). An
// error that is raised inside the handler would become "error in error handling".
static bool is_handler(lua_State *L, lua_Debug *where)
{
    lua_getinfo(L, "f", where);
    lua_CFunction function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    return function == interrupt_message_handler || function == describe;
}

static void interrupt_hook(lua_State *L, lua_Debug *where)
{
    if (is_handler(L, where) || scheduler_ends_task())
        return; // the hook is called again
    take();
    if (scheduler_was_interrupted())
        return; // the wait that it ended has raised the error
    bool is_main = lua_pushthread(L) != 0;
    lua_pop(L, 1);
    if (is_main) {
        scheduler_interrupt_taken();
        lua_pushliteral(L, "interrupted");
    } else {
        stopped_coroutine = true;
        push_cancelled(L);
    }
    lua_error(L);
}

// Is the hook still set, that is, has no Lua instruction run since the interrupt?
static bool is_pending(void)
{
    return running && lua_gethook(running) == interrupt_hook;
}

// The script has noticed the interrupt.
static void take(void)
{
    if (is_pending())
        lua_sethook(running, NULL, 0, 0);
    stop_grace();
}

static void end_program(void)
{
    ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
    (void)ignored;
    disposition_end(SIGINT);
}

static void interrupt_script(void)
{
    interrupted = 1;
    start_grace();
    lua_sethook(running, interrupt_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
    scheduler_interrupt();
}

// The script may have put a hook of its own in the place of ours; then the end of the grace means
// nothing.
static void on_interrupt(int number)
{
    (void)number;
    if (is_pending())
        end_program();
    else if (is_grace_over())
        stop_grace();
    else if (interrupted)
        disposition_end(SIGINT); // the script has caught the first one
    else
        interrupt_script();
}

void interrupt_begin(lua_State *L)
{
    running = L;
    interrupted = 0;
    stopped_coroutine = false;
    set_handler(SIGINT, on_interrupt);
}

void interrupt_end(void)
{
    set_handler(SIGINT, disposition_default());
    take(); // so that finalizers are not interrupted
    running = NULL;
}

bool interrupt_caused(const char *text)
{
    if (!interrupted || (!is_pending() && !strstr(text, "interrupted")))
        return false;
    if (disposition_handler(SIGINT) == on_interrupt)
        set_handler(SIGINT, disposition_default());
    take();
    return true;
}

bool interrupt_stopped_task(void)
{
    bool stopped = stopped_coroutine || is_pending();
    stopped_coroutine = false;
    return stopped;
}

// describe(error) -> its text and a traceback
static int describe(lua_State *L)
{
    message_push_text(L, 1);
    if (interrupt_caused(lua_tostring(L, -1)))
        lua_pushliteral(L, "interrupted");
    else
        message_add_traceback(L);
    return 1;
}

// Without memory for a description, the error value is left unchanged: if the handler failed,
// nothing would remain of the error but "error in error handling".
int interrupt_message_handler(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushcfunction(L, describe);
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 1, 1, 0) != 0)
        lua_settop(L, 1);
    return 1;
}
