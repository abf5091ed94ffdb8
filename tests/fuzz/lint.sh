#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Static checkers: lint.sh C_FILE...; .clang-tidy has the list of what is not looked for, and why.
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/../checks/lib.sh"

tidy() {
    for file; do
        clang-tidy --quiet "$file" -- -std=gnu11 -D_GNU_SOURCE -DSSSRUN_VERSION='"0"' -Isrc \
            -Ibuild/vendor/luajit-asan/src 2>/dev/null
    done
}

# The three sources of the static program alone know musl and one architecture only.
check() {
    cppcheck --quiet --enable=warning,performance,portability --std=c11 -D_GNU_SOURCE \
        -DSSSRUN_VERSION='"0"' -D__x86_64__ -Isrc --suppress=missingIncludeSystem "$@" 2>&1
}

result "cppcheck" "$(check "$@")"
# shellcheck disable=SC2046
# Script tests are parts: the file that reads them in knows the shell and what they use.
result "shellcheck" "$(shellcheck -x -S warning -e SC2148,SC2154,SC2034,SC2010,SC2089,SC2090,SC2238 \
    $(git ls-files '*.sh') tests/script/run 2>&1)"
result "clang-tidy" "$(tidy "$@")"
finish
