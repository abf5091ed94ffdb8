// SPDX-License-Identifier: BSD-3-Clause
// The command line: what the user asked for.

#ifndef SSS_HOST_CLI_H
#define SSS_HOST_CLI_H

// Turns the arguments into a description of what to do, as `lua` and `luajit` read them; nothing is
// run here. It stands on the C library only. It refuses to print, to end the program and to know
// Lua.

#include <stdbool.h>

enum cli_action {
    CLI_RUN,      // the steps, then the script if there is one
    CLI_VERSION,  // --version
    CLI_USAGE,    // -h, --help
    CLI_HELP,     // help [topic]: the words are argv[script...]
    CLI_BUILD,    // build ...: its words are argv[script...]
    CLI_CHECK,    // check [-m] [--lua] FILE...: the files are argv[script...]
    CLI_PACKED,   // a bundle: its main script gets all arguments
    CLI_BYTECODE, // -b ...: its arguments are argv[script...], the letters after -b in `bytecode`
};

enum { CLI_WORKERS_MAX = 1024, CLI_WORKERS_AUTO = -1 };

// One of -e, -l, -j, -O, in the order given. TEXT points into argv.
struct cli_step {
    char option;
    const char *text;
};

struct cli {
    enum cli_action action;
    int argc;
    char **argv;
    int script;             // index in argv of the script; argc when there is none
    bool version;           // -v
    bool no_environment;    // -E
    bool moon;              // -m: a script whose name does not end with .lua is MoonScript
    bool shows_lua;         // --lua, of check
    int workers;            // -w: 1 to CLI_WORKERS_MAX, CLI_WORKERS_AUTO, or 0
    bool script_is_stdin;   // "-", and not after "--"
    const char *bytecode;   // "" for -b, "l" for -bl
    struct cli_step *steps; // malloc'ed, or NULL without any
    int step_count;
    char error[160]; // the message of cli_parse(), without prefix
};

// Fills C from the arguments of main(): 0; -EINVAL with a text in C->error for wrong usage;
// -ENOMEM. ARGV belongs to the caller and must live as long as C. cli_free() may be called after
// every outcome.
int cli_parse(struct cli *c, int argc, char **argv);

// The same for a bundle, whose arguments are all for its script. It cannot fail.
void cli_take_all(struct cli *c, int argc, char **argv);

void cli_free(struct cli *c);

// Does the command line say what to run, or ask for the version? If not, the script is read from
// standard input.
bool cli_has_work(const struct cli *c);

// The text of --help; its last line ends with a line feed.
const char *cli_usage(void);

#endif
