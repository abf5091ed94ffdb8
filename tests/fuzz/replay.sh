#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Feeds the inputs of seeds/NAME to the programs: replay.sh PROGRAM... (called NAME).
here=$(cd "$(dirname "$0")" && pwd)
FUZZ_LUA=$here
LSAN_OPTIONS="suppressions=$here/../script/lib/leaks.supp:print_suppressions=0"
export FUZZ_LUA LSAN_OPTIONS
status=0
for program; do
    name=$(basename "$program")
    timeout 120 "$program" "$here/seeds/$name"/* || { echo "not ok $name"; status=1; }
done
exit "$status"
