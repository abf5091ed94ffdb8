#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs the unit and script tests on the variant "coverage", then prints which part of the lines of
# base to bind (but musl) they reach: coverage.sh UNIT_PROGRAM... coverage.md has the reasons why some
# are not; one without a reason, or a reason too many, is an error. The lines themselves are in
# build/coverage/missed.
#
# A child that ends by a signal or _exit() leaves no counts: what only such a child does is missing.
here=$(cd "$(dirname "$0")" && pwd)
out=build/coverage
find "$out" -name '*.gcda' -delete
sh "$here/../checks/units.sh" "$@" >"$out/units.log" 2>&1
"$here/../script/run" "$out/sssrun" >"$out/script.log" 2>&1
"$here/../script/run" "$out/faults" "$here"/../fault/script/*.lua >"$out/fault_script.log" 2>&1
FAULT_PROGRAM=$out/faults sh "$here/../fault/run" 120 >"$out/faults.log" 2>&1
tail -qn 1 "$out/units.log" "$out/script.log" "$out/fault_script.log" "$out/faults.log"

# "FILE LINES REACHED" of one source file; its lines that were not reached go to the file `missed`.
measure() {
    object=$out/${1#src/}
    gcov --stdout "${object%.c}.o" 2>/dev/null | awk -v file="$1" -v missed="$out/missed" '
        $0 ~ /^ *-: *0:Source:/ { here = substr($0, index($0, "Source:") + 7) == file }
        !here { next }
        /^ *[0-9]+\*?:/ { lines++; reached++ }
        /^ *(#####|=====):/ { lines++; print file ":" substr($0, 11) >>missed }
        END { print file, lines + 0, reached + 0 }'
}

: >"$out/missed"
for file in src/base/*.c src/sys/*.c src/loop/*.c src/dns/*.c src/luax/*.c src/task/*.c \
    src/socket/*.c src/bind/*.c; do
    measure "$file"
done | awk '
    function row(name, lines, reached) {
        printf "  %-28s %6d %8d %7.1f %%\n", name, lines, reached, lines ? 100 * reached / lines : 100
    }
    BEGIN { printf "  %-28s %6s %8s\n", "file", "lines", "reached" }
    { row($1, $2, $3); lines += $2; reached += $3 }
    END { row("all", lines, reached); exit lines == 0 }' || exit
awk -f "$here/coverage.awk" "$here/coverage.md" "$out/missed"
