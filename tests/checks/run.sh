#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs all tests: run.sh UNIT_PROGRAM... (from the top folder, with everything built).
#
# A step is a command whose last line of output is "N passed, N failed". What it writes goes to
# build/check/STEP.log and is shown when the step fails. All steps run; the sums decide.
results=build/check
rm -rf "$results"
mkdir -p "$results"
passed=0
failed=0

# The counts of a step's last line; a step that fails or gives no counts has at least one failure.
count() {
    counts=$(tail -n 1 "$1" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
    good=${counts% *}
    bad=${counts#* }
    [ -n "$counts" ] || good=0 bad=1
    [ "$2" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
}

# step NAME COMMAND...
step() {
    name=$1 log=$results/$1.log began=$(date +%s)
    shift
    "$@" >"$log" 2>&1 </dev/null
    count "$log" $?
    passed=$((passed + good))
    failed=$((failed + bad))
    printf '  %-16s %4d passed, %d failed (%d s)\n' "$name" "$good" "$bad" $(($(date +%s) - began))
    [ "$bad" -eq 0 ] || sed 's/^/    | /' "$log"
}

step layers sh tests/checks/layers.sh
step headers sh tests/checks/headers.sh
step words sh tests/checks/words.sh
[ ! -e tests/checks/docs ] || step docs tests/checks/docs ./sssrun
step memory sh tests/checks/memory.sh ./sssrun
step units sh tests/checks/units.sh "$@"
step release tests/script/run ./sssrun
step asan tests/script/run build/asan/sssrun
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
