#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs tests by name, with their output shown: test.sh NAME... (`make test T="NAME ..."`)
#
# NAME is a unit test (test_timers), or a behaviour test of tests/script or tests/fault/script
# (timeouts, with or without its ending).
cd "$(dirname "$0")/../.." || exit 2
[ $# -gt 0 ] || { echo 'usage: make test T="NAME ...", as in: make test T="test_timers timeouts"' >&2; exit 2; }
SSSRUN=$PWD/sssrun
LUA_PATH="$PWD/tests/script/lib/?.lua;;"
export SSSRUN LUA_PATH
failed=0

run() {
    echo "==== $*"
    timeout 900 "$@" && return
    echo "==== $*: exit status $?" >&2
    failed=1
}

for name; do
    file=
    for candidate in "tests/script/$name" "tests/script/$name".lua "tests/script/$name".sh \
        "tests/script/$name".moon; do
        [ ! -f "$candidate" ] || file=$candidate
    done
    if [ -f "tests/unit/$name.c" ]; then
        make -s "build/asan/unit/$name" && run "build/asan/unit/$name" || failed=1
    elif [ -f "tests/fault/script/$name.lua" ]; then
        make -s build/fault/sssrun && SSSRUN=$PWD/build/fault/sssrun &&
            run build/fault/sssrun "tests/fault/script/$name.lua" || failed=1
        SSSRUN=$PWD/sssrun
    elif [ -z "$file" ]; then
        echo "there is no test named $name" >&2
        failed=1
    else
        case $file in
        *.sh) run sh "$file" ;;
        *) run ./sssrun "$file" ;;
        esac
    fi
done
exit $failed
