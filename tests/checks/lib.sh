# shellcheck shell=sh
# SPDX-License-Identifier: BSD-3-Clause
# For the check scripts: counts results. The last line of every check is "N passed, N failed".

passed=0
failed=0

# result NAME COMPLAINTS: passed when there are no complaints.
result() {
    if [ -z "$2" ]; then
        passed=$((passed + 1))
        echo "ok $1"
    else
        failed=$((failed + 1))
        echo "not ok $1"
        printf '%s\n' "$2"
    fi
}

# Ends the check.
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}
