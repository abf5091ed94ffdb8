// SPDX-License-Identifier: BSD-3-Clause
// The program.

#include "host/build.h"
#include "host/cli.h"
#include "host/help.h"
#include "host/interrupt.h"
#include "host/message.h"
#include "host/output.h"
#include "host/runner.h"
#include "host/state.h"
#include "pack/bundle.h"
#include "script/embedded.h"
#include "script/jit.h"
#include "sys/children.h"
#include "sys/disposition.h"
#include "sys/notify.h"
#include "task/scheduler.h"

#include <errno.h>
#include <luajit.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STATUS_FAILED 1
#define STATUS_USAGE 2

// Also called by os.exit: sends output that is still held, and reports errors of standard output.
static void finish(void)
{
    notify_stopping();
    scheduler_flush();
    if (output_finish() < 0)
        _exit(STATUS_FAILED);
}

// The versions of the libraries are in a file that the build writes (src/make/versions.sh).
static void print_version(void)
{
    const struct embedded *versions = embedded_find("versions");
    printf("sssrun %s (%s)\n", SSSRUN_VERSION, LUAJIT_VERSION);
    if (versions)
        fwrite(versions->data, 1, versions->size, stdout);
    if (jit_is_forbidden())
        puts("JIT: off (the system forbids writable and executable memory)");
}

static int run(const struct cli *cli)
{
    if (cli->version)
        print_version();
    lua_State *L = state_new(cli);
    if (!L)
        return STATUS_FAILED;
    interrupt_begin(L);
    int status;
    if (cli->action == CLI_HELP)
        status = help_print(L, cli);
    else if (cli->action == CLI_BUILD)
        status = build_run(L, cli);
    else if (cli->action == CLI_CHECK)
        status = runner_check(L, cli);
    else if (cli->action == CLI_BYTECODE)
        status = runner_bytecode(L, cli);
    else
        status = runner_run(L, cli);
    interrupt_end();
    scheduler_flush();
    state_end(L);
    return status;
}

static int refuse(const struct cli *cli, int error)
{
    if (error == -ENOMEM) {
        message_print("not enough memory");
        return STATUS_FAILED;
    }
    message_print(cli->error);
    return STATUS_USAGE;
}

static int dispatch(const struct cli *cli)
{
    if (cli->action == CLI_USAGE) {
        fputs(cli_usage(), stdout);
        return 0;
    }
    if (cli->action == CLI_VERSION) {
        print_version();
        return 0;
    }
    if (cli->action == CLI_RUN && !cli_has_work(cli) && isatty(STDIN_FILENO)) {
        message_print(
            "nothing to run: give a script, -e STATEMENT, or a program on standard input");
        fputs(cli_usage(), stderr);
        return STATUS_USAGE;
    }
    return run(cli);
}

static int start(int argc, char **argv)
{
    struct cli cli;
    int error = cli_parse(&cli, argc, argv);
    int status = error < 0 ? refuse(&cli, error) : dispatch(&cli);
    cli_free(&cli);
    return status;
}

static int start_packed(int argc, char **argv)
{
    struct cli cli;
    cli_take_all(&cli, argc, argv);
    return run(&cli);
}

static int refuse_packed(const char *program, const char *reason)
{
    message_format("%s: its packed files are damaged (%s); get a fresh copy", program, reason);
    return STATUS_FAILED;
}

int main(int argc, char **argv)
{
    const char *reason;
    output_guard_descriptors();
    output_guard_pipe();
    disposition_begin();
    output_buffer();
    children_raise_limit();
    atexit(finish);
    int packed = bundle_start(&reason);
    if (packed < 0)
        return refuse_packed(argc > 0 ? argv[0] : "this program", reason);
    return packed > 0 ? start_packed(argc, argv) : start(argc, argv);
}
