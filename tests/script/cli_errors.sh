# SPDX-License-Identifier: BSD-3-Clause
# Uncaught errors, exit statuses, standard output that fails.
. "$(dirname "$0")/lib/cli.sh"

cat >deep.lua <<'LUA'
local function inner() error("deep trouble") end
local function outer() inner() end
outer()
LUA
run deep.lua
expect "an uncaught error names its place" 1 '' '^sssrun: deep.lua:1: deep trouble$'
expect "it has a traceback" 1 '' '^stack traceback:$'
expect "the traceback has the caller's line" 1 '' "deep.lua:2: in function 'outer'"
same "the traceback shows nothing of the runtime" 0 "$(grep -c -e '\[sss\]' -e 'C\]: at 0x' err)"
same "and no empty line" 0 "$(grep -c '^$' err)"

value() {
    run -e "$2"
    expect "$1" 1 '' "$3"
}
value "error with a table" 'error({})' '^sssrun: \(error object is a table value\)$'
value "error with nil" 'error()' '^sssrun: \(error object is a nil value\)$'
value "error with a boolean" 'error(false)' '^sssrun: \(error object is a boolean value\)$'
value "error with a number" 'error(42, 0)' '^sssrun: 42$'
value "error with __tostring" 'error(setmetatable({}, {__tostring = function() return "I am text" end}))' \
    '^sssrun: I am text$'
value "__tostring that gives no string" 'error(setmetatable({}, {__tostring = function() return {} end}))' \
    '^sssrun: \(error object is a table value\)$'
value "__tostring that fails itself" 'error(setmetatable({}, {__tostring = function() error("inner", 0) end}))' \
    '^sssrun: inner$'
value "error without a position" 'error("plain", 0)' '^sssrun: plain$'
value "a stack overflow" 'local function f() return 1 + f() end f()' 'stack overflow'
value "an error inside a coroutine" 'coroutine.wrap(function() error("in co") end)()' \
    '^sssrun: .*\(command line\):1: in co'

# The sanitizers reserve more than any limit.
if (ulimit -v 300000 && run -e '' && exit "$status"); then
    (
        ulimit -v 300000
        value "out of memory" 'local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(2 ^ 20) .. i end' \
            '^sssrun: not enough memory'
        exit "$failed"
    ) || failed=1
else
    echo "skip out of memory (this build does not start with little memory)"
fi

run -e 'os.exit(7)'
expect "os.exit gives the status" 7 '' ''
run -e 'io.write("held") os.exit(true, true)'
expect "os.exit(true, true) writes what is buffered" 0 held ''
run -e 'os.exit(false)'
expect "os.exit(false)" 1 '' ''
run -e 'coroutine.wrap(function() os.exit(3) end)()'
expect "os.exit from a coroutine" 3 '' ''

# Standard output.
full() {
    timeout 120 "$SSSRUN" -e "$1" >/dev/full 2>err
    status=$?
    : >out
}
if [ -c /dev/full ]; then
    full 'print(1)'
    expect "a full disk is told at the end" 1 '' \
        '^sssrun: cannot write standard output: No space left on device$'
    full 'print(1) os.exit(0)'
    expect "with os.exit as well" 1 '' '^sssrun: cannot write standard output'
    full 'for i = 1, 100000 do print(i) end'
    expect "and when the buffer was full before" 1 '' '^sssrun: cannot write standard output'
    full ''
    expect "nothing written, nothing lost" 0 '' ''
fi
timeout 120 "$SSSRUN" -e 'print(1)' >&- 2>err
status=$?
: >out
expect "a closed standard output is told" 1 '' '^sssrun: cannot write standard output'
timeout 120 "$SSSRUN" -e 'local f = io.open("file", "w") f:write("x") f:close()' >&- 2>err
status=$?
expect "one that nobody writes to is not" 0 '' ''

# A reader that leaves: `timeout` says 124 when the program did not end by itself.
endless() {
    { timeout 120 "$SSSRUN" -e "$2"; echo $? >status; } 2>err | head -n 1 >out
    status=$(cat status)
    [ "$status" = 124 ] || status=ended
    expect "$1" ended 1 ''
}
endless "print into a closed pipe ends the program" 'while true do print(1) end'
endless "io.write into a closed pipe ends the program" 'while true do io.write("1\n") end'
{ timeout 120 "$SSSRUN" -e 'while true do io.stderr:write("1\n") end'; echo $? >status; } 2>&1 |
    head -n 1 >out
: >err
status=$(cat status)
[ "$status" = 124 ] || status=ended
expect "and so does stderr" ended 1 ''
{ timeout 120 "$SSSRUN" -e 'while true do io.stderr:write("1\n") end' 2>&1 >kept; echo $? >status; } |
    head -n 1 >out
: >err
status=$(cat status)
[ "$status" = 124 ] || status=ended
expect "stderr alone, too" ended 1 ''
run -e 'local f = io.popen("exit 0", "w")
    os.execute("sleep 0.2")
    local ok, why
    for i = 1, 100 do
        ok, why = f:write(("x"):rep(4096))
        if not ok then break end
    end
    print(ok, why)'
expect "another broken pipe is a result" 0 "nil	Broken pipe" ''
echo 'print(select("#", ...))' >many.lua
# shellcheck disable=SC2046
run many.lua $(seq 7000)
expect "many arguments" 0 '7000' ''
# shellcheck disable=SC2046
run many.lua $(seq 9000)
expect "too many arguments" 1 '' '^sssrun: 9000 arguments are more than a script can get'
finish
