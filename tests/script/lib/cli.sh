# SPDX-License-Identifier: BSD-3-Clause
# For the tests of the command line: `. "$(dirname "$0")/lib/cli.sh"`. $SSSRUN is the program.
#
# They run in a folder of their own, which goes away at the end, and with no LUA_* variable set.
# `run ARGS` runs the program, at most two minutes, and leaves its exit status in $status, its output
# in the files out and err. `expect NAME STATUS OUT ERR` judges that run: OUT is the whole output,
# ERR an extended regular expression that standard error matches; '' means none at all.

unset LUA_PATH LUA_CPATH LUA_INIT
failed=0
work=$(mktemp -d) || exit 2
trap 'cd / && rm -rf "$work"' EXIT
cd "$work" || exit 2

run() {
    timeout 120 "$SSSRUN" "$@" >out 2>err
    status=$?
}

# Says how NAME came out: result NAME REASON; no reason is success.
result() {
    if [ -z "$2" ]; then
        echo "ok $1"
    else
        echo "not ok $1 ($2)"
        failed=1
    fi
}

# Is TEXT what was wanted? same NAME WANTED TEXT
same() {
    if [ "$2" = "$3" ]; then result "$1"; else result "$1" "wanted '$2', got '$3'"; fi
}

expect() {
    reason=
    [ "$status" = "$2" ] || reason="exit status $status instead of $2; $(head -c 300 err)"
    [ "$(cat out)" = "$3" ] || reason="$reason; output was '$(head -c 300 out)'"
    if [ -z "$4" ]; then
        [ ! -s err ] || reason="$reason; stderr was '$(head -c 300 err)'"
    else
        grep -Eq -e "$4" err || reason="$reason; stderr was '$(head -c 300 err)'"
    fi
    result "$1" "$reason"
}

# The last line of every test file.
finish() {
    exit "$failed"
}
