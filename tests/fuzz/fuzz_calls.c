// SPDX-License-Identifier: BSD-3-Clause
// The module: the bytes decide which calls of `sss` calls.lua makes.

#include "fuzz.h"

#include "host/state.h"

#include <lauxlib.h>
#include <signal.h>

// calls.lua is found in the folder that FUZZ_LUA in the environment names, by default here.
static lua_State *start(void)
{
    static char *argv[] = {"fuzz_calls", NULL};
    struct cli cli;
    const char *folder = getenv("FUZZ_LUA");
    signal(SIGPIPE, SIG_IGN);
    cli_take_all(&cli, 1, argv);
    lua_State *L = state_new(&cli);
    FUZZ_REQUIRE(L);
    lua_pushfstring(L, "%s/calls.lua", folder ? folder : "tests/fuzz");
    if (luaL_loadfile(L, lua_tostring(L, -1)) != 0 || lua_pcall(L, 0, 1, 0) != 0) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        exit(2);
    }
    return L;
}

// The stack holds the path and the function of calls.lua. It gives a text when something is wrong.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;
    if (!L)
        L = start();
    lua_pushvalue(L, -1);
    lua_pushlstring(L, (const char *)data, size);
    int error = lua_pcall(L, 1, 1, 0);
    const char *problem = lua_tostring(L, -1);
    if (error != 0 || problem) {
        fprintf(stderr, "%s\n", problem ? problem : luaL_typename(L, -1));
        abort();
    }
    lua_pop(L, 1);
    return 0;
}
