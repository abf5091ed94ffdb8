// SPDX-License-Identifier: BSD-3-Clause
// Runs chunks in protected mode and reports what they raise.

#include "host/runner.h"

#include "host/bundle_scripts.h"
#include "host/interrupt.h"
#include "host/message.h"
#include "script/jit.h"
#include "script/moon.h"
#include "script/script.h"
#include "task/scheduler.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Reports the error on top of the stack and pops it. Returns the exit status for it.
static int fail(lua_State *L)
{
    const char *text = lua_tostring(L, -1);
    if (text && interrupt_caused(text)) {
        lua_pop(L, 1);
        message_print("interrupted");
        return INTERRUPT_STATUS;
    }
    message_error(L);
    return 1;
}

// Calls the function below its COUNT arguments, without results. Returns an exit status.
static int call(lua_State *L, int count)
{
    int base = lua_gettop(L) - count;
    lua_pushcfunction(L, interrupt_message_handler);
    lua_insert(L, base);
    int error = lua_pcall(L, count, 0, base);
    lua_remove(L, base);
    return error == 0 ? 0 : fail(L);
}

static int run_string(lua_State *L, const char *text, const char *name)
{
    if (luaL_loadbuffer(L, text, strlen(text), name) != 0)
        return fail(L);
    return call(L, 0);
}

static int run_statement(lua_State *L, const char *text, const struct cli *cli)
{
    const char *name = "=(command line)";
    if (!cli->moon)
        return run_string(L, text, name);
    return moon_load(L, text, strlen(text), name) < 0 ? fail(L) : call(L, 0);
}

// -w: this process becomes the master, which does not return from here. The workers do, and go on
// to run the script.
static int run_workers(lua_State *L, const struct cli *cli)
{
    if (cli->workers == 0)
        return 0;
    lua_getglobal(L, "require");
    lua_pushliteral(L, "sss");
    if (lua_pcall(L, 1, 1, 0) != 0)
        return fail(L);
    lua_getfield(L, -1, "workers");
    lua_remove(L, -2);
    if (cli->workers == CLI_WORKERS_AUTO)
        lua_pushliteral(L, "auto");
    else
        lua_pushinteger(L, cli->workers);
    return call(L, 1);
}

static int run_init(lua_State *L, const struct cli *cli)
{
    const char *init = cli->no_environment ? NULL : getenv("LUA_INIT");
    if (!init)
        return 0;
    if (init[0] != '@')
        return run_string(L, init, "=LUA_INIT");
    return script_load(L, init + 1) < 0 ? fail(L) : call(L, 0);
}

static int run_require(lua_State *L, const char *name)
{
    lua_getglobal(L, "require");
    lua_pushstring(L, name);
    return call(L, 1);
}

static int run_step(lua_State *L, const struct cli_step *step, const struct cli *cli)
{
    switch (step->option) {
    case 'e':
        return run_statement(L, step->text, cli);
    case 'l':
        return run_require(L, step->text);
    case 'j':
        return jit_command(L, step->text) < 0 ? fail(L) : 0;
    default:
        return jit_optimize(L, step->text) < 0 ? fail(L) : 0;
    }
}

static int run_steps(lua_State *L, const struct cli *cli)
{
    for (int i = 0; i < cli->step_count; i++) {
        int status = run_step(L, &cli->steps[i], cli);
        if (status != 0)
            return status;
    }
    return 0;
}

// Pushes arg[1], arg[2], ..., which LUA_INIT or -e may have changed. Returns their number.
static int push_arguments(lua_State *L)
{
    int count = 0;
    lua_getglobal(L, "arg");
    int table = lua_gettop(L);
    if (lua_istable(L, table)) {
        count = (int)lua_objlen(L, table);
        if (!lua_checkstack(L, count + LUA_MINSTACK))
            luaL_error(L,
                       "%d arguments are more than a script can get (about 7,900): hand them over "
                       "in a file or by standard input",
                       count);
        for (int i = 1; i <= count; i++)
            lua_rawgeti(L, table, i);
    }
    lua_remove(L, table);
    return count;
}

static int load_script(lua_State *L, const char *path, const struct cli *cli)
{
    return cli->moon ? script_load_moon(L, path) : script_load(L, path);
}

static int load_main(lua_State *L, const struct cli *cli)
{
    if (cli->action == CLI_PACKED)
        return bundle_scripts_load_main(L);
    bool from_stdin = cli->script == cli->argc || cli->script_is_stdin;
    return load_script(L, from_stdin ? NULL : cli->argv[cli->script], cli);
}

static int run_script(lua_State *L, const struct cli *cli)
{
    return load_main(L, cli) < 0 ? fail(L) : call(L, push_arguments(L));
}

static int run_tasks_protected(lua_State *L)
{
    lua_pushinteger(L, scheduler_finish(L));
    return 1;
}

// Runs the tasks that the script has spawned until the last one is done. A task that Ctrl-C stops
// while it computes ends like a cancelled one, but the program is interrupted nevertheless.
static int run_tasks(lua_State *L)
{
    (void)interrupt_stopped_task(); // what happened before was for the script to handle
    lua_pushcfunction(L, interrupt_message_handler);
    lua_pushcfunction(L, run_tasks_protected);
    int error = lua_pcall(L, 0, 1, -2);
    lua_remove(L, -2);
    if (error != 0)
        return fail(L);
    int result = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (result != -EINTR && !interrupt_stopped_task())
        return result;
    message_print("interrupted");
    return INTERRUPT_STATUS;
}

static int run_everything(lua_State *L, const struct cli *cli)
{
    int status = run_workers(L, cli);
    if (status == 0)
        status = run_init(L, cli);
    if (status == 0)
        status = run_steps(L, cli);
    if (status == 0 && (cli->script < cli->argc || !cli_has_work(cli)))
        status = run_script(L, cli);
    if (status == 0)
        status = run_tasks(L);
    return status;
}

struct job {
    int (*work)(lua_State *L, const struct cli *cli);
    const struct cli *cli;
    int status;
};

static int do_job(lua_State *L)
{
    struct job *job = lua_touserdata(L, 1);
    lua_settop(L, 0);
    job->status = job->work(L, job->cli);
    return 0;
}

// Runs WORK so that even an error of the runner itself (no memory, say) is reported.
static int protect(lua_State *L, int (*work)(lua_State *, const struct cli *),
                   const struct cli *cli)
{
    struct job job = {work, cli, 1};
    return lua_cpcall(L, do_job, &job) == 0 ? job.status : fail(L);
}

int runner_run(lua_State *L, const struct cli *cli)
{
    return protect(L, run_everything, cli);
}

// Compiles the file, or prints the Lua that it becomes.
static int check_file(lua_State *L, const char *path, const struct cli *cli)
{
    int error = cli->shows_lua ? script_to_lua(L, path, cli->moon) : load_script(L, path, cli);
    if (error < 0)
        return fail(L);
    if (cli->shows_lua) {
        size_t size;
        const char *code = lua_tolstring(L, -1, &size);
        fwrite(code, 1, size, stdout);
        putchar('\n');
    }
    return 0;
}

static int check_files(lua_State *L, const struct cli *cli)
{
    int status = 0;
    for (int i = cli->script; i < cli->argc; i++) {
        const char *path = strcmp(cli->argv[i], "-") == 0 ? NULL : cli->argv[i];
        int outcome = check_file(L, path, cli);
        if (outcome != 0)
            status = outcome;
        lua_settop(L, 0);
    }
    return status;
}

int runner_check(lua_State *L, const struct cli *cli)
{
    return protect(L, check_files, cli);
}

static int save_bytecode(lua_State *L, const struct cli *cli)
{
    int error = jit_bytecode(L, cli->bytecode, cli->argv + cli->script);
    return error < 0 ? fail(L) : 0;
}

int runner_bytecode(lua_State *L, const struct cli *cli)
{
    return protect(L, save_bytecode, cli);
}
