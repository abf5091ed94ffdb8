// SPDX-License-Identifier: BSD-3-Clause
// Programs of one file, for the Lua code of `sssrun build`.

#ifndef SSS_HOST_PACK_MODULE_H
#define SSS_HOST_PACK_MODULE_H

// Functions that Lua lacks: to look at runtimes, to write programs and other files as a whole, to
// list folders. All return nil and a message ("cannot ACTION PATH: REASON") on failure; wrong
// arguments raise an error. It stands on pack/program and pack/elf. It refuses to decide what is
// packed.

#include <lua.h>

// Pushes the table.
//
//     runtime([path]) -> {path=, arch="x86_64"|"aarch64", size=}; without a path this program
//     write{runtime=PATH, out=PATH, main=NAME, files={{name=, data=STRING} or {name=,
//     path=FILE}...}}
//         -> bytes of OUT; without `out` nothing is written
//     contents(path) -> {main=NAME, runtime=BYTES, {name=, size=}, ...}
//     stat(path) -> {type="file"|"folder"|"other", size=, id="device:inode"}
//     folder(path) -> sorted array of names
//     doom([path]): this file is removed when TERM or HUP ends the program; without a path none
//     save(out, {STRING or {path=FILE}, ...} [, mode]) -> bytes of OUT; mode 0666 less the umask
//
// save also takes the parts of write's files. May raise (no memory).
void pack_module_open(lua_State *L);

#endif
