#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs all tests: run.sh UNIT_PROGRAM... (from the top folder, with everything built).
# EMULATED in the environment is a program for another processor that runs here all the same (see
# emulated.c); with LONG=1 the slow script tests are run on it too.
#
# A step is a command that writes lines "ok NAME" and "not ok NAME", or sums them up itself in a
# last line "N passed, N failed". Its output goes to build/check/STEP.log and is shown when the step
# fails. All steps run; the sums decide. What failed is said once more at the end.
results=build/check
rm -rf "$results"
mkdir -p "$results"
passed=0
failed=0

# Sets good and bad from the log of a step and its exit status. A step that fails, or says nothing,
# has at least one failure.
count() {
    good=$(grep -c '^ok ' "$1")
    bad=$(grep -c '^not ok ' "$1")
    sum=$(tail -n 1 "$1" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
    [ -z "$sum" ] || good=${sum% *} bad=${sum#* }
    if [ "$bad" -eq 0 ] && { [ "$2" -ne 0 ] || [ "$good" -eq 0 ]; }; then
        bad=1
    fi
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
    [ "$bad" -eq 0 ] && return
    sed 's/^/    | /' "$log"
    { grep '^not ok ' "$log" || tail -n 3 "$log"; } | sed "s/^/$name: /" >>"$results/failures"
}

# Why a script test is not done on the emulated program; nothing when it is.
unemulated() {
    case $1 in
    many_* | random_* | *_memory.lua | *_load.lua | gather_race.lua | cancel_exact.lua | \
        timeout_loses_nothing.lua | build_digest.lua | cli_help.sh | moon.sh | moon_lines.lua)
        [ -n "${LONG:-}" ] || echo "slow there; see make check-long" ;;
    build_* | bundle_* | moon_bundle.*)
        echo "the kernel is to run what it builds; see the check emulated-bundles" ;;
    hostile_*) echo "it measures memory and time, which would be those of qemu" ;;
    init_process.sh) echo "qemu, not the program, is process 1, and waits for ever" ;;
    esac
}

emulated_tests() {
    for file in tests/script/*.lua tests/script/*.sh; do
        [ -n "$(unemulated "$(basename "$file")")" ] || echo "$file"
    done
}

# Says what was not done: whole files, and tests that name qemu as their reason.
tell_unemulated() {
    for file in tests/script/*.lua tests/script/*.sh; do
        reason=$(unemulated "$(basename "$file")")
        [ -z "$reason" ] || echo "    skip $(basename "$file") (under qemu-user: $reason)"
    done
    sed -n 's/^skip .*(under qemu-user.*/    &/p' "$results/emulated.log"
}

step layers sh tests/checks/layers.sh
step headers sh tests/checks/headers.sh
step words sh tests/checks/words.sh
step docs tests/checks/docs ./sssrun
step install sh tests/checks/install.sh
step memory sh tests/checks/memory.sh ./sssrun
step units sh tests/checks/units.sh "$@"
step release tests/script/run ./sssrun
step asan tests/script/run build/asan/sssrun
step asan-examples tests/examples/run build/asan/sssrun
step fault tests/script/run build/fault/sssrun tests/fault/script/*.lua
step fault-calls sh tests/fault/run ${LONG:+1500}
step fuzz-replay sh tests/fuzz/replay.sh build/asan/fuzz/*
step bench ./sssrun tests/bench/selftest.lua
step soak ./sssrun tests/soak/soak.lua ${LONG:+connections=20000 seconds=180}
if [ -n "${EMULATED:-}" ]; then
    step emulated-memory sh tests/checks/memory.sh "$EMULATED"
    step emulated-bundles sh tests/checks/bundles.sh ./sssrun "$EMULATED"
    # shellcheck disable=SC2046
    TEST_TIMEOUT=300 step emulated tests/script/run "$EMULATED" $(emulated_tests)
    tell_unemulated
fi
if [ -n "${LONG:-}" ]; then
    step jit-at-once sh tests/fuzz/stress.sh build/debug/sssrun '-Ohotloop=1 -Ohotexit=1'
    step no-jit sh tests/fuzz/stress.sh build/debug/sssrun -joff
    step lint make --no-print-directory lint
fi
[ ! -e "$results/failures" ] || cat "$results/failures"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
