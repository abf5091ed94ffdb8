#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Tests what was changed, in seconds: quick.sh (`make quick`, which has built ./sssrun).
#
# Changed is what differs from the last commit, and what git does not know yet, without what has not been
# touched since this passed last. What a change touches:
#
#   units    those that bear the room's name, or include its header, themselves or by tests/unit/*.h
#   scripts  those that bear the room's name, and those of the table in scripts_of()
#
# It is no substitute for `make check`.
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/../.." || exit 2
passed_last=build/quick.passed
now=build/quick.now
touch "$now"

changed_files() {
    { git diff --name-only HEAD && git ls-files -o --exclude-standard; } | sort -u |
        while read -r file; do
            [ -e "$passed_last" ] && [ -z "$(find "$file" -newer "$passed_last" 2>/dev/null)" ] ||
                echo "$file"
        done
}

# The room of a file: socket/socket_read.c is of socket/socket.h, as long as it has no header itself.
room_of() {
    room=${1%.[ch]}
    while [ ! -e "$room.h" ]; do
        case $room in */*_*) room=${room%_*} ;; *) break ;; esac
    done
    echo "${room#src/}"
}

# The unit tests that include HEADER, as they write it: includers HEADER
includers() {
    grep -l "#include \"$1\"" tests/unit/*.[ch] | while read -r file; do
        case $file in
        *.c) echo "$file" ;;
        *) includers "$(basename "$file")" ;;
        esac
    done
}

units_of() {
    case $1 in
    tests/unit/test_*.c) [ ! -f "$1" ] || echo "$1" ;;
    tests/unit/*.h) includers "$(basename "$1")" ;;
    src/*.[ch])
        ls tests/unit/test_"$(basename "${1%.[ch]}")"[._]*c 2>/dev/null
        includers "$(room_of "$1").h"
        ;;
    esac
}

# The names of the scripts that a file touches, without their endings; none that takes long.
scripts_of() {
    case $1 in
    src/*.[ch]) basename "${1%.[ch]}" && basename "$(room_of "$1")" ;;
    esac
    case $1 in
    tests/script/lib/*) echo "socket tasks children" ;;
    tests/script/*.*) basename "${1%.*}" ;;
    src/base/*) echo "socket timeouts" ;;
    src/sys/sockopt* | src/socket/option_value* | src/socket/socket_option*) echo "options" ;;
    src/sys/addr* | src/socket/address*) echo "addresses" ;;
    src/sys/children* | src/sys/execve*) echo "children" ;;
    src/sys/*) echo "socket unix" ;;
    src/dns/* | src/bind/resolve* | src/bind/lookup*) echo "names_records addresses connect" ;;
    src/loop/process* | src/bind/workers*) echo "workers" ;;
    src/loop/signals* | src/bind/signal*) echo "signals" ;;
    src/loop/*) echo "socket stream_read stream_write timeouts sleep datagram" ;;
    src/luax/* | src/task/*) echo "tasks cancel timeouts channels gather_race finalizers" ;;
    src/socket/*) echo "socket stream_read stream_write datagram unix timeouts" ;;
    src/bind/*) echo "socket stats wait_fd" ;;
    src/pack/* | lua/build/*) echo "bundle_run bundle_damage build_input" ;;
    src/script/moon* | lua/module/*) echo "moon moon_module moon_values" ;;
    src/script/date*) echo "dates" ;;
    src/script/* | src/host/*) echo "cli_errors cli_options cli_script cli_interrupt builtin_modules" ;;
    lua/help.lua | lua/meta/* | lua/manual/*) echo "cli_help" ;;
    lua/sss/*master* | lua/sss/*worker* | lua/sss/*listener* | lua/sss/*orphan*) echo "workers inherited" ;;
    lua/sss/*) echo "tasks socket connect listen_serve channels copy" ;;
    esac
}

# The files of the scripts that CHANGED touches.
scripts() {
    for name in $(for file in $changed; do scripts_of "$file"; done); do
        for file in "tests/script/$name".lua "tests/script/$name".sh "tests/script/$name".moon; do
            [ ! -f "$file" ] || echo "$file"
        done
    done | sort -u
}

unformatted() {
    for file in $changed; do
        case $file in
        *.[ch]) [ ! -f "$file" ] || clang-format --dry-run -Werror "$file" 2>&1 | head -n 3 ;;
        esac
    done
}

# What a step says besides its good results.
complaints() {
    grep -avE '^(ok|skip|note) |^slowest: |^[0-9]+ skipped$|^[0-9]+ passed, 0 failed$'
}

# The last parts of the paths, on one line.
names() {
    for path; do basename "$path"; done | paste -s -d ' '
}

changed=$(changed_files)
if [ -z "$changed" ]; then
    echo "nothing has changed since the last commit, or since this passed last"
    exit 0
fi
command -v clang-format >/dev/null && result "formatting" "$(unformatted)"
for check in layers style words; do
    result "$check" "$(sh tests/checks/$check.sh 2>&1 | complaints)"
done
result "README, the manual and the tour of the sources" \
    "$(LUA_PATH='tests/checks/?.lua' ./sssrun tests/checks/docs_readme.lua . | complaints)"

units=$(for file in $changed; do units_of "$file"; done | sort -u |
    sed 's#tests/\(.*\)[.]c$#build/asan/\1#')
if [ -n "$units" ]; then
    # The lists are words.
    # shellcheck disable=SC2086
    if make -s $units; then
        result "units: $(names $units)" "$(sh tests/checks/units.sh $units | complaints)"
    else
        result "the units are built" "they are not"
    fi
fi
files=$(scripts)
if [ -n "$files" ]; then
    # shellcheck disable=SC2086
    result "scripts: $(names $files)" "$(JOBS=4 tests/script/run ./sssrun $files | complaints)"
fi
[ "$failed" -ne 0 ] || mv "$now" "$passed_last"
finish
