#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs script tests under other conditions: stress.sh PROGRAM "OPTIONS OF SSSRUN" [FILES...]
#
# Without files it is all but those that are about programs of one file and about memory in numbers
# or without any: they measure the release, or need a static program. Programs that a test starts get
# the options too.
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
printf '#!/bin/sh\nexec "%s" %s "$@"\n' "$program" "$2" >"$work/sssrun"
chmod +x "$work/sssrun"
shift 2
if [ $# -eq 0 ]; then
    for file in "$here"/../script/*.lua; do
        case $file in
        */build_* | */idle_memory.lua | */out_of_memory.lua | */trust.lua) ;;
        *) set -- "$@" "$file" ;;
        esac
    done
fi
TEST_TIMEOUT=${TEST_TIMEOUT:-180} "$here/../script/run" "$work/sssrun" "$@"
