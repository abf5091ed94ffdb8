#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs tests by name, with their output shown: test.sh NAME... (`make test T="NAME ..."`)
#
# NAME is a unit test (test_timers), or a behaviour test of tests/script or tests/fault/script
# (timeouts, with or without its ending). All of them run; the status tells whether one has failed.
cd "$(dirname "$0")/../.." || exit 2
[ $# -gt 0 ] || { echo 'usage: make test T="NAME ...", as in: make test T="test_timers timeouts"' >&2; exit 2; }
LUA_PATH="$PWD/tests/script/lib/?.lua;;"
LSAN_OPTIONS="suppressions=$PWD/tests/script/lib/leaks.supp:print_suppressions=0"
export LUA_PATH LSAN_OPTIONS
failed=0

# run COMMAND...
run() {
    echo "==== $*"
    timeout 900 "$@" && return
    echo "==== $*: exit status $?" >&2
    failed=1
}

# script PROGRAM FILE
script() {
    SSSRUN=$PWD/$1
    export SSSRUN
    case $2 in
    *.sh) run sh "$2" ;;
    *) run "$SSSRUN" "$2" ;;
    esac
}

# The scripts called NAME: files_of NAME
files_of() {
    for file in "tests/script/$1" "tests/script/$1".*; do
        case $file in
        *.lua | *.sh | *.moon) [ ! -f "$file" ] || echo "$file" ;;
        esac
    done
}

for name; do
    files=$(files_of "$name")
    if [ -n "$files" ]; then
        for file in $files; do script sssrun "$file"; done
    elif [ -f "tests/unit/${name%.c}.c" ]; then
        unit=build/asan/unit/${name%.c}
        { make -s "$unit" && run "$unit"; } || failed=1
    elif [ -f "tests/fault/script/${name%.lua}.lua" ]; then
        { make -s build/fault/sssrun && script build/fault/sssrun "tests/fault/script/${name%.lua}.lua"; } || failed=1
    else
        echo "there is no test named $name" >&2
        failed=1
    fi
done
exit $failed
