#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Compiles every header alone, with the native compiler and with musl's.
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"
cd "${1:-.}" || exit 2

musl=build/vendor/musl-$(uname -m)/cc
flags='-std=gnu11 -D_GNU_SOURCE -Isrc'
flags="$flags -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes"

# alone COMPILER HEADER [FLAGS]: what the compiler says when nothing else is included. Twice, since
# its guard must hold.
alone() {
    compiler=$1 header=$2
    shift 2
    # shellcheck disable=SC2086
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
        "$compiler" $flags -Werror "$@" -fsyntax-only -x c - 2>&1
}

for header in src/*/*.h; do
    name=${header#src/}
    result "gcc: $name" "$(alone gcc "$name" -Ibuild/vendor/luajit-asan/src)"
    result "musl: $name" "$(alone "$musl" "$name" -Ibuild/vendor/luajit-release/src \
        -idirafter build/release/kernel)"
done
finish
