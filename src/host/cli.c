// SPDX-License-Identifier: BSD-3-Clause
// Option parsing.

#include "host/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
    "usage: sssrun [options] [script [args]]\n"
    "       sssrun check FILE...      compile only, say what is wrong\n"
    "       sssrun check --lua FILE   print the Lua that a MoonScript file becomes\n"
    "       sssrun build MAIN ...     make one program of a script (sssrun build --help)\n"
    "       sssrun help [topic]       the manual\n"
    "\n"
    "A script is a Lua file, a MoonScript file (NAME.moon), a folder with main.lua or main.moon,\n"
    "or - for standard input, which is Lua without -m.\n"
    "A script named build, check or help is run as ./build, ./check or ./help.\n"
    "\n"
    "options:\n"
    "  -e STAT      run the statement STAT, which is Lua without -m\n"
    "  -m           -e, standard input and a script not named NAME.lua are MoonScript\n"
    "  -l NAME      require the module NAME\n"
    "  -j CMD       LuaJIT control: on, off, flush, v, dump, ... (CMD=args)\n"
    "  -O[OPT]      LuaJIT optimization: a level 0 to 3, or +flag, -flag, name=value\n"
    "  -b ...       save or list bytecode: -b IN OUT, -bl IN (must come first)\n"
    "  -w N         run N worker processes, or -w auto: one per processor (help sss.workers)\n"
    "  -v           print the version, then go on\n"
    "  -E           ignore LUA_INIT, LUA_PATH and LUA_CPATH\n"
    "  --           stop handling options\n"
    "  -            run standard input and stop handling options\n"
    "  -h, --help   print this\n"
    "  --version    print the version\n"
    "\n"
    "exit status: 0; 1 the script failed; 2 wrong usage; 130 interrupted\n";

const char *cli_usage(void)
{
    return usage_text;
}

__attribute__((format(printf, 2, 3))) static int refuse(struct cli *c, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(c->error, sizeof c->error, format, list);
    va_end(list);
    return -EINVAL;
}

static int unknown_option(struct cli *c, const char *option)
{
    return refuse(c, "unknown option '%.40s' (sssrun --help lists the options)", option);
}

// An option without a value, such as -v: nothing may be attached to it.
static int set_flag(struct cli *c, const char *option)
{
    if (option[2] != '\0')
        return unknown_option(c, option);
    if (option[1] == 'i')
        return refuse(c, "-i: this build has no interactive mode; give it a script, "
                         "-e STATEMENT, or a program on standard input");
    if (option[1] == 'v')
        c->version = true;
    else if (option[1] == 'm')
        c->moon = true;
    else
        c->no_environment = true;
    return 0;
}

// An option with a value, attached or in the next argument; returns the index of the last argument
// that was used.
static int add_step(struct cli *c, int i)
{
    const char *text = c->argv[i] + 2;
    char option = c->argv[i][1];
    if (*text == '\0' && option != 'O') {
        if (i + 1 == c->argc)
            return refuse(c, "option '-%c' needs a value (sssrun --help tells which)", option);
        text = c->argv[++i];
    }
    if (!c->steps)
        c->steps = calloc((size_t)c->argc, sizeof *c->steps);
    if (!c->steps)
        return -ENOMEM;
    c->steps[c->step_count++] = (struct cli_step){option, text};
    return i;
}

// 1 to CLI_WORKERS_MAX, CLI_WORKERS_AUTO, or 0.
static int parse_workers(const char *text)
{
    char *end;
    if (strcmp(text, "auto") == 0)
        return CLI_WORKERS_AUTO;
    if (strspn(text, "0123456789") == 0)
        return 0;
    unsigned long number = strtoul(text, &end, 10);
    return *end == '\0' && number <= CLI_WORKERS_MAX ? (int)number : 0;
}

// -w with its value, attached or in the next argument; the index of the last argument used.
static int set_workers(struct cli *c, int i)
{
    const char *text = c->argv[i] + 2;
    if (*text == '\0' && i + 1 < c->argc)
        text = c->argv[++i];
    c->workers = parse_workers(text);
    if (c->workers == 0)
        return refuse(c, "option '-w' needs a number of processes, 1 to %d, or auto, not '%.20s'",
                      CLI_WORKERS_MAX, text);
    return i;
}

static int long_option(struct cli *c, const char *option)
{
    if (strcmp(option, "--help") == 0)
        c->action = CLI_USAGE;
    else if (strcmp(option, "--version") == 0)
        c->action = CLI_VERSION;
    else
        return unknown_option(c, option);
    return 0;
}

static int bytecode_option(struct cli *c, int i)
{
    if (c->step_count > 0 || c->version || c->workers)
        return refuse(c, "-b must come first: sssrun -b IN OUT, or sssrun -bl IN");
    if (i + 1 == c->argc)
        return refuse(c, "-b needs a file: sssrun -b IN OUT, or sssrun -bl IN");
    c->action = CLI_BYTECODE;
    c->bytecode = c->argv[i] + 2;
    c->script = i + 1;
    return 0;
}

// Handles argv[i], which begins with a dash and is not "-" or "--". The index of the last argument
// used, or an error.
static int parse_option(struct cli *c, int i)
{
    const char *option = c->argv[i];
    int error = 0;
    switch (option[1]) {
    case 'e':
    case 'l':
    case 'j':
    case 'O':
        return add_step(c, i);
    case 'w':
        return set_workers(c, i);
    case 'i':
    case 'm':
    case 'v':
    case 'E':
        error = set_flag(c, option);
        break;
    case 'b':
        error = bytecode_option(c, i);
        break;
    case 'h':
        error = option[2] == '\0' ? long_option(c, "--help") : unknown_option(c, option);
        break;
    case '-':
        error = long_option(c, option);
        break;
    default:
        error = unknown_option(c, option);
    }
    return error < 0 ? error : i;
}

static int parse_options(struct cli *c)
{
    for (int i = 1; i < c->argc; i++) {
        const char *argument = c->argv[i];
        c->script = i;
        if (argument[0] == '\0')
            return refuse(c, "the name of the script is empty");
        if (argument[0] != '-')
            return 0;
        c->script_is_stdin = strcmp(argument, "-") == 0;
        if (c->script_is_stdin)
            return 0;
        c->script = i + 1;
        if (strcmp(argument, "--") == 0)
            return 0;
        i = parse_option(c, i);
        if (i < 0)
            return i;
        if (c->action != CLI_RUN)
            return 0;
        c->script = i + 1;
    }
    return 0;
}

// The options and files of check; those begin behind the options, or behind "--".
static int parse_check(struct cli *c)
{
    for (; c->script < c->argc; c->script++) {
        const char *word = c->argv[c->script];
        if (word[0] != '-' || word[1] == '\0')
            break;
        if (strcmp(word, "-m") == 0) {
            c->moon = true;
        } else if (strcmp(word, "--lua") == 0) {
            c->shows_lua = true;
        } else if (strcmp(word, "--") == 0) {
            c->script++;
            break;
        } else {
            return refuse(c, "check: unknown option '%.40s' (its options are --lua and -m)", word);
        }
    }
    return c->script < c->argc ? 0 : refuse(c, "check needs a file: sssrun check FILE...");
}

// A command is a command only as the first word.
static int parse_command(struct cli *c)
{
    c->script = 2;
    if (strcmp(c->argv[1], "build") == 0) {
        c->action = CLI_BUILD;
        return 0;
    }
    if (strcmp(c->argv[1], "help") == 0) {
        c->action = CLI_HELP;
        return c->argc <= 3 ? 0 : refuse(c, "help takes one topic: sssrun help sss.connect");
    }
    c->action = CLI_CHECK;
    return parse_check(c);
}

static bool is_command(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "check") == 0 || strcmp(word, "build") == 0;
}

static bool has_statement(const struct cli *c)
{
    for (int i = 0; i < c->step_count; i++) {
        if (c->steps[i].option == 'e')
            return true;
    }
    return false;
}

// Workers cannot share a script on standard input, which can be read only once.
static int check_workers(struct cli *c)
{
    bool readable = !c->script_is_stdin && (c->script < c->argc || has_statement(c));
    if (!c->workers || c->action != CLI_RUN || readable)
        return 0;
    return refuse(c, "-w needs a script that every worker can read: a file, or -e STATEMENT");
}

int cli_parse(struct cli *c, int argc, char **argv)
{
    *c = (struct cli){.action = CLI_RUN, .argc = argc, .argv = argv, .script = argc};
    if (argc > 1 && is_command(argv[1]))
        return parse_command(c);
    int error = parse_options(c);
    return error < 0 ? error : check_workers(c);
}

// A bundle behaves the same everywhere, so LUA_INIT and LUA_PATH are ignored.
void cli_take_all(struct cli *c, int argc, char **argv)
{
    *c = (struct cli){.action = CLI_PACKED, .argc = argc, .argv = argv, .no_environment = true};
}

void cli_free(struct cli *c)
{
    free(c->steps);
    c->steps = NULL;
}

bool cli_has_work(const struct cli *c)
{
    return c->script < c->argc || c->version || has_statement(c);
}
