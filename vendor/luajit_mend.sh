#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Mends faults of LuaJIT, unpacked in FOLDER: luajit_mend.sh FOLDER
#
# Both are met when memory runs out; tests/fault/script/faults.lua shows what came of them. Ends with
# an error where the source is not as expected.
set -eu
src=$1/src

# Its functions in assembly (tostring of a number, string.sub, ...) leave L->top as the last C
# function had it, perhaps far below; the message was written there, over what other functions need.
# It belongs into the frame of the one that failed.
top='if (L->top < L->base) L->top = L->base;'
sed -i "s/^  \(setstrV(L, L->top++, lj_err_str(L, LJ_ERR_ERRMEM));\)/  $top\n&/" "$src/lj_err.c"
grep -qF "$top" "$src/lj_err.c"

# coroutine.resume of a dead coroutine wrote `false` over its own function before it made the string
# of the message, which may fail.
false='setboolV(L->base-1-LJ_FR2, 0);'
sed -i "/^static int ffh_resume(/,/^}/ {
    /^ *$false/d
    s/^\( *\)setstrV(L, L->base-LJ_FR2, lj_err_str(L, em));/&\n\1$false/
}" "$src/lib_base.c"
grep -F -A 1 'setstrV(L, L->base-LJ_FR2, lj_err_str(L, em));' "$src/lib_base.c" | grep -qF "$false"
