#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs unit test programs, two at a time, and counts their tests: units.sh PROGRAM...
# In the environment: UNDER, a command that runs them (a checker), and UNIT_SECONDS for each (120).
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2016
printf '%s\n' "$@" | work=$work xargs -n 1 -P 2 sh -c '
    name=$(basename "$1")
    CK_TAP_LOG_FILE_NAME=$work/$name.tap timeout "${UNIT_SECONDS:-120}" $UNDER "$1" >"$work/$name.out" 2>&1
    echo $? >"$work/$name.status"' sh

for program; do
    name=$(basename "$program")
    good=$(grep -c '^ok ' "$work/$name.tap" 2>/dev/null)
    bad=$(grep -c '^not ok ' "$work/$name.tap" 2>/dev/null)
    status=$(cat "$work/$name.status")
    passed=$((passed + ${good:-0}))
    if [ "$status" -eq 0 ] && [ "${good:-0}" -gt 0 ]; then
        echo "ok $name: ${good:-0} tests"
    else
        failed=$((failed + (${bad:-0} > 0 ? bad : 1)))
        echo "not ok $name: status $status"
        cat "$work/$name.out"
    fi
done
finish
