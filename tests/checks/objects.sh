#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Compares the compiled objects with src/README.md: objects.sh PROGRAM OBJECTS; see objects.lua.
here=$(cd "$(dirname "$0")" && pwd)
LUA_PATH="$here/?.lua" timeout 120 "$1" "$here/objects.lua" "$here/../.." "$2"
