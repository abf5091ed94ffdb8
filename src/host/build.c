// SPDX-License-Identifier: BSD-3-Clause
// Runs the embedded lua/build/*.lua.

#include "host/build.h"

#include "host/interrupt.h"
#include "host/message.h"
#include "host/pack_module.h"
#include "script/modules.h"
#include "script/moon.h"

#include <lauxlib.h>

static const char usage_text[] =
    "usage: sssrun build [options] MAIN [FILE|FOLDER ...]\n"
    "\n"
    "Makes one program of a script, its modules and its data files. MAIN is a script, or a\n"
    "folder with main.lua or main.moon. The modules that are asked for by require \"NAME\" are\n"
    "found as when the script runs, and packed with it. Data files, and modules whose names\n"
    "are computed, are named behind MAIN; sss.asset(NAME) reads them under the same names.\n"
    "\n"
    "options:\n"
    "  -o OUT          the program to write; MAIN's name without .lua or .moon otherwise\n"
    "  --target ARCH   x86_64 or aarch64; that of this program otherwise\n"
    "  --runtime FILE  the sssrun to build on; this program or sssrun-ARCH beside it otherwise\n"
    "  --strip         leave out what errors say line numbers by\n"
    "  --plain         pack scripts as text, not compiled\n"
    "  --list          print what is inside, with sizes and reasons; write only with -o\n"
    "  --oci TAR       write a container image of the program\n"
    "  --expose PORT   a port that the image names, such as 7000 or 53/udp; can be repeated\n"
    "  --              stop handling options\n"
    "  -h, --help      print this\n"
    "\n"
    "sssrun build --list PROGRAM prints what is inside a finished program. One that is run with\n"
    "SSSRUN_AS_RUNTIME=1 in its environment is a plain sssrun.\n";

const char *build_usage(void)
{
    return usage_text;
}

static void push_arguments(lua_State *L, const struct cli *cli)
{
    lua_createtable(L, cli->argc - cli->script, 0);
    for (int i = cli->script; i < cli->argc; i++) {
        lua_pushstring(L, cli->argv[i]);
        lua_rawseti(L, -2, i - cli->script + 1);
    }
}

// Pushes the table that the files get as their argument.
static void push_build(lua_State *L, const struct cli *cli)
{
    lua_createtable(L, 0, 16);
    push_arguments(L, cli);
    lua_setfield(L, -2, "arguments");
    lua_pushliteral(L, SSSRUN_VERSION);
    lua_setfield(L, -2, "version");
    lua_pushstring(L, usage_text);
    lua_setfield(L, -2, "usage");
    pack_module_open(L);
    lua_setfield(L, -2, "pack");
    moon_open(L);
    lua_setfield(L, -2, "moon");
}

// The last file returns the exit status, and a message when that is not 0.
static int run_files(lua_State *L)
{
    size_t count;
    const struct cli *cli = lua_touserdata(L, 1);
    push_build(L, cli);
    size_t first = embedded_range("lua/build/", &count);
    if (count == 0)
        return luaL_error(L, "this program cannot build");
    for (size_t i = 0; i < count; i++) {
        lua_settop(L, 2);
        modules_load(L, &embedded_files[first + i], "=[sss]");
        lua_pushvalue(L, 2);
        lua_call(L, 1, 2);
    }
    return 2;
}

int build_run(lua_State *L, const struct cli *cli)
{
    lua_pushcfunction(L, run_files);
    lua_pushlightuserdata(L, (void *)cli);
    int error = lua_pcall(L, 1, 2, 0);
    const char *text = lua_tostring(L, -1);
    if (error != 0 && text && interrupt_caused(text)) {
        message_print("interrupted");
        return INTERRUPT_STATUS;
    }
    int status = error != 0 ? 1 : (int)lua_tointeger(L, -2);
    if (status != 0)
        message_error(L);
    return status;
}
