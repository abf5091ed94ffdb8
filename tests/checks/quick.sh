#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Tests what was changed, in seconds: quick.sh (`make quick`, which has built ./sssrun).
#
# Changed is what differs from the last commit, and what git does not know yet. Units are those that
# bear the room's name or include its header; scripts are chosen by the table below. It is no
# substitute for `make check`.
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/../.." || exit 2

changed=$( { git diff --name-only HEAD; git ls-files -o --exclude-standard; } | sort -u)
[ -n "$changed" ] || { echo "nothing differs from the last commit"; exit 0; }

# The units of a source file.
units_of() {
    room=$(basename "$1" | sed 's/\.[ch]$//')
    ls tests/unit/test_"$room"*.c 2>/dev/null
    header=$(echo "${1#src/}" | sed 's/\.c$/.h/')
    grep -l "#include \"$header\"" tests/unit/test_*.c
}

# The scripts that a file touches, without their endings.
scripts_of() {
    case $1 in
    tests/script/*.lua | tests/script/*.sh | tests/script/*.moon) basename "$1" | sed 's/\.[a-z]*$//' ;;
    src/base/*) echo "socket timeouts" ;;
    src/sys/sockopt* | src/socket/option_value* | src/socket/socket_option*) echo "options" ;;
    src/sys/addr* | src/socket/address*) echo "addresses" ;;
    src/sys/children* | src/sys/execve*) echo "children" ;;
    src/sys/*) echo "socket unix" ;;
    src/dns/* | src/bind/resolve* | src/bind/lookup*) echo "names_records addresses connect" ;;
    src/loop/process* | src/bind/workers*) echo "workers" ;;
    src/loop/signals* | src/bind/signal*) echo "signals" ;;
    src/loop/*) echo "socket stream_read stream_write timeouts writers sleep datagram" ;;
    src/luax/* | src/task/*) echo "tasks cancel timeouts channels gather_race finalizers" ;;
    src/socket/*) echo "socket stream_read stream_write datagram unix timeouts" ;;
    src/bind/*) echo "socket stats wait_fd notify" ;;
    src/pack/* | lua/build/*) echo "bundle_run bundle_damage build_input" ;;
    src/script/moon* | lua/module/*) echo "moon moon_module moon_values" ;;
    src/script/date*) echo "dates" ;;
    src/script/* | src/host/*) echo "cli_errors cli_options cli_script cli_interrupt builtin_modules" ;;
    lua/help.lua | lua/meta/* | lua/manual/*) echo "cli_help" ;;
    lua/sss/9_* | lua/sss/workers/*) echo "workers workers_begin inherited" ;;
    lua/sss/*) echo "tasks socket connect listen_serve channels copy" ;;
    esac
}

# What is not formatted as the configuration says.
unformatted() {
    for file in $changed; do
        case $file in
        *.[ch]) [ ! -f "$file" ] || clang-format --dry-run -Werror "$file" 2>&1 | head -n 3 ;;
        esac
    done
}

result "formatting" "$(unformatted)"
for check in layers style words; do
    result "$check" "$(sh tests/checks/$check.sh 2>&1 | grep -A 5 '^not ok')"
done

units=$(for file in $changed; do
    case $file in
    tests/unit/test_*.c) echo "$file" ;;
    src/*.[ch]) units_of "$file" ;;
    esac
done | sort -u | sed -n 's/.*\/\(test_.*\)\.c$/build\/asan\/unit\/\1/p')
if [ -n "$units" ]; then
    # shellcheck disable=SC2086
    result "the units are built" "$(make -s $units 2>&1 | grep -E 'error|Error')"
    # shellcheck disable=SC2086
    result "units: $(echo "$units" | sed 's/.*\///' | tr '\n' ' ')" \
        "$(sh tests/checks/units.sh $units | grep -v '^ok' | grep -v ' 0 failed$')"
fi

scripts=$(for name in $(for file in $changed; do scripts_of "$file"; done); do
    for file in "tests/script/$name".lua "tests/script/$name".sh "tests/script/$name".moon; do
        [ ! -f "$file" ] || echo "$file"
    done
done | sort -u)
if [ -n "$scripts" ]; then
    # shellcheck disable=SC2086
    result "scripts: $(echo "$scripts" | sed 's/.*\///' | tr '\n' ' ')" \
        "$(JOBS=4 tests/script/run ./sssrun $scripts | grep -v -e '^ok' -e '^skip' -e '^note' | grep -v ' 0 failed$')"
fi
finish
