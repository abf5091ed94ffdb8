#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs all tests: run.sh UNIT_PROGRAM... (from the top folder, with everything built).
# EMULATED in the environment is a program for another processor that runs here all the same (see
# emulated.c). With LONG=1 there is more, and more of it: see long.sh.
# shellcheck source=tests/checks/steps.sh
. "$(dirname "$0")/steps.sh"
start=$(date +%s)
# Script files at a time in each lane: most tests wait most of the time.
JOBS=${JOBS:-3}
export JOBS

# What the processor, the compiler for it or the C library could change. These run on the emulated
# program in every check; `make check-long` runs all that can.
portable='addresses any_arguments arguments builtin_modules c_stack channels children
    cli_errors cli_interrupt cli_options cli_script connect copy datagram dates few_descriptors ffi finalizers
    hardened hooks listen_serve moon moon_module moon_values names_records network_input options os_io
    prompt require_in_task sendfile_any signals sleep socket stats stream_read stream_write tasks timeouts
    unix wait_fd workers'

is_portable() {
    for name in $portable; do
        [ "$name" != "${1%.*}" ] || return 0
    done
    return 1
}

# Why a script test is not done on the emulated program; nothing when it is.
unemulated() {
    case $1 in
    build_* | bundle_* | moon_bundle.*)
        echo "the kernel is to run what it builds; see the check emulated-bundles" ;;
    hostile_* | out_of_memory.lua | idle_memory.lua)
        echo "it measures memory and time, which would be those of qemu" ;;
    init_process.sh) echo "qemu, not the program, is process 1, and waits for ever" ;;
    *) [ -n "${LONG:-}" ] || is_portable "$1" || echo "done by make check-long" ;;
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

# The units that use a loop: they run with a second poller as well (tests/unit/poller_reverse.h).
loop_units() {
    grep -lE 'loop_(kit|pair)[.]h' tests/unit/*.c | sed 's#tests/unit/\(.*\)[.]c#build/asan/unit/\1#'
}

quick_ones() {
    step layers 300 sh tests/checks/layers.sh
    step style 300 sh tests/checks/style.sh
    step hardened 300 sh tests/checks/hardened.sh ./sssrun ${EMULATED:+sssrun-aarch64 sssrun-x86_64}
    step objects 300 sh tests/checks/objects.sh ./sssrun build/asan
    step headers 900 sh tests/checks/headers.sh
    step words 300 sh tests/checks/words.sh
    step docs 1200 tests/checks/docs ./sssrun
    step fetch 600 sh tests/checks/fetch.sh
    step dist 1200 sh tests/checks/dist.sh
    step install 900 sh tests/checks/install.sh
    step units 900 sh tests/checks/units.sh "$@"
    # shellcheck disable=SC2046
    step units-reverse 900 env UNIT_POLLER=reverse sh tests/checks/units.sh $(loop_units)
    step fuzz-replay 900 sh tests/fuzz/replay.sh build/asan/fuzz/*
    step bench 900 ./sssrun tests/bench/selftest.lua
}

release_scripts() {
    step release 1800 tests/script/run ./sssrun
    step fault 900 tests/script/run build/fault/sssrun tests/fault/script/*.lua
}

sanitized_scripts() {
    step asan 2400 tests/script/run build/asan/sssrun
    step asan-examples 900 tests/examples/run build/asan/sssrun
}

emulated_scripts() {
    [ -n "${EMULATED:-}" ] || return 0
    step emulated-memory 1800 sh tests/checks/memory.sh "$EMULATED"
    step emulated-bundles 1200 sh tests/checks/bundles.sh ./sssrun "$EMULATED"
    # shellcheck disable=SC2046
    step emulated 2400 env TEST_TIMEOUT=900 tests/script/run "$EMULATED" $(emulated_tests)
    tell_unemulated
}

lane release_scripts
lane sanitized_scripts
lane quick_ones "$@"
lanes_end
# What is slow by itself, what measures memory, and what gives all the machine to do are alone.
emulated_scripts
step memory 1800 sh tests/checks/memory.sh ./sssrun
if [ -n "${LONG:-}" ]; then
    # shellcheck source=tests/checks/long.sh
    . "$(dirname "$0")/long.sh" # which ends it
fi
step fault-calls 1200 sh tests/fault/run
step soak 600 ./sssrun tests/soak/soak.lua
steps_end
