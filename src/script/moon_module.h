// SPDX-License-Identifier: BSD-3-Clause
// `require` of .moon files.

#ifndef SSS_SCRIPT_MOON_MODULE_H
#define SSS_SCRIPT_MOON_MODULE_H

// A package loader that looks for MoonScript along package.path: in each template that ends with
// ".lua", it uses ".moon" instead. It stands on script/script. It refuses to load the compiler's
// own modules (moonscript, moonscript.*), since they are needed to compile any MoonScript.

#include <lua.h>

// Puts the loader in front of the one for Lua files; package.loaders must be as Lua makes it.
void moon_module_install(lua_State *L);

#endif
