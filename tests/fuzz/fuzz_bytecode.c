// SPDX-License-Identifier: BSD-3-Clause
// Bytecode: dumps of Lua texts, damaged ones, and any bytes; other lines for them.

#include "fuzz.h"

#include "pack/bytecode.h"
#include "pack/lines.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>

enum { LINES = 7 };

static int count_function(void *context, const struct bytecode_function *f)
{
    FUZZ_REQUIRE(f->start <= f->code && f->code <= f->end && f->record < f->start);
    ++*(size_t *)context;
    return 0;
}

// What is sound can be walked over, and keeps so with other lines.
static void check_dump(const void *data, size_t size, struct bytes *out)
{
    static const uint32_t lines[LINES] = {9, 1, 70000, 3, 3, 500, 2};
    size_t functions = 0;
    int visited = bytecode_visit(data, size, count_function, &functions);
    int error = lines_map(data, size, lines, LINES, out);
    FUZZ_REQUIRE(visited == 0 || visited == -EINVAL);
    FUZZ_REQUIRE(error == visited);
    if (visited != 0)
        return;
    FUZZ_REQUIRE(functions > 0 && bytecode_is_sound(data, size));
    FUZZ_REQUIRE(bytecode_is_sound(bytes_front(out), bytes_length(out)));
}

static void try_dump(const void *data, size_t size)
{
    struct bytes out = {0};
    bytecode_is_dump(data, size);
    bytecode_is_sound(data, size);
    check_dump(data, size, &out);
    bytes_clear(&out);
}

static int append(lua_State *L, const void *data, size_t size, void *context)
{
    (void)L;
    return bytes_append(context, data, size);
}

static void must_load(lua_State *L, const struct bytes *dump)
{
    FUZZ_REQUIRE(luaL_loadbuffer(L, bytes_front(dump), bytes_length(dump), "dump") == 0);
    lua_pop(L, 1);
}

// LuaJIT's own dump is sound, and LuaJIT takes the one with other lines.
static void try_good_dump(lua_State *L, const struct bytes *dump)
{
    struct bytes out = {0};
    FUZZ_REQUIRE(bytecode_is_sound(bytes_front(dump), bytes_length(dump)));
    check_dump(bytes_front(dump), bytes_length(dump), &out);
    must_load(L, &out);
    bytes_clear(&out);
}

static void dump_text(lua_State *L, const char *text, size_t len, struct bytes *dump)
{
    if (len > 0 && text[0] != '\033' && luaL_loadbuffer(L, text, len, "=text") == 0)
        FUZZ_REQUIRE(lua_dump(L, append, dump) == 0);
    lua_settop(L, 0);
}

// A Lua text, dumped, then with numbers replaced; cut where the input says.
static void try_text(struct input *in)
{
    struct bytes dump = {0};
    uint8_t patches[64] = {0};
    struct input patch = {patches, sizeof patches};
    size_t used = in->left < sizeof patches / 2 ? in->left : sizeof patches / 2;
    memcpy(patches, in->at, used);
    used = patches[0] % 8 == 0 ? 1 : used;
    lua_State *L = luaL_newstate();
    FUZZ_REQUIRE(L);
    if (in->left > used)
        dump_text(L, (const char *)in->at + used, in->left - used, &dump);
    size_t size = bytes_length(&dump);
    if (size > 0) {
        uint8_t *copy = malloc(size);
        try_good_dump(L, &dump);
        memcpy(copy, bytes_front(&dump), size);
        input_patch(&patch, copy, size);
        try_dump(copy, size);
        free(copy);
    }
    bytes_clear(&dump);
    lua_close(L);
}

// First a letter: "r" a dump as it is; else what is to be replaced (32 bytes, or the digit 0 alone)
// and a Lua text.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    if (input_byte(&in) == 'r') {
        uint8_t *copy = input_rest(&in);
        try_dump(copy, in.left);
        free(copy);
    } else {
        try_text(&in);
    }
    bytes_drain_pool();
    return 0;
}
