#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Looks through the text of the repository for what must not be left in it.
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"
cd "${1:-.}" || exit 2

# The word is in two halves, so that this file does not find itself.
word='TO''DO'
files=$(git ls-files -co --exclude-standard 2>/dev/null ||
    find src lua vendor tests Makefile README.md -type f)

# shellcheck disable=SC2086
result "nothing is left for later" "$(grep -nw "$word" $files)"
# shellcheck disable=SC2086
result "C files begin with their licence" "$(for file in src/*/*.[ch] tests/unit/*.[ch]; do
    head -n 1 "$file" | grep -q '^// SPDX-License-Identifier: BSD-3-Clause$' || echo "$file"
done)"
# A comment names a room as floor/file, and a Lua file by its path.
result "what comments name exists" "$(grep -noE '//.*' src/*/*.[ch] | awk '
    {
        match($0, /^[^:]*:[0-9]*/); place = substr($0, 1, RLENGTH); text = $0
        while (match(text, /[^a-z0-9_.\/<](lua|src|base|musl|loop|dns|luax|task|socket|bind|pack|script|host)\/[a-z0-9_\/]+([.](c|h|lua|sh))?/)) {
            print place, substr(text, RSTART + 1, RLENGTH - 1)
            text = substr(text, RSTART + RLENGTH)
        }
    }' | while read -r place name; do
    for path in "$name" "src/$name" "src/$name.c" "src/$name.h"; do
        [ ! -e "$path" ] || continue 2
    done
    echo "$place names $name"
done)"
result "no tabs, no blanks at the end of a line" \
    "$(grep -nE "$(printf '\t')|[[:space:]]\$" src/*/*.[ch] tests/unit/*.[ch])"
finish
