# SPDX-License-Identifier: BSD-3-Clause
# What was written to a terminal is there before the program waits, for whatever it waits.
lib=$(cd "$(dirname "$0")/lib" && pwd)
. "$lib/cli.sh"

# asks NAME WANTED INPUT ARGUMENTS: on a terminal the program asks "...?" and gets each line of
# INPUT (between "|") only then.
asks() {
    name=$1 wanted=$2 input=$3
    shift 3
    timeout 60 "$SSSRUN" -joff "$lib/terminal.lua" "$input" "$SSSRUN" "$@" >out 2>err
    status=$?
    expect "$name" 0 "$wanted" ''
}

asks "io.read" "Name? anna
hello	anna" anna -e 'io.write("Name? ") print("hello", io.read())'
asks "one question after the other" "a? 1
b? 2
12" '1|2' -e 'io.write("a? ") local a = io.read() io.write("b? ") io.write(a, io.read(), "\n")'
asks "a number" "Number? 12
24" 12 -e 'io.stdout:write("Number? ") print(io.stdin:read("*n") * 2)'
asks "io.lines" "Go on? yes
yes" yes -e 'io.write("Go on? ") for line in io.lines() do print(line) break end'
asks "io.stdin:lines" "Go on? yes
yes" yes -e 'io.write("Go on? ") for line in io.stdin:lines() do print(line) break end'
asks "a count of bytes" "Key? ab
a" ab -e 'io.write("Key? ") print(io.read(1))'
asks "a line longer than what is there" "More? abc
[abc
]" abc -e 'io.write("More? ") io.write("[", io.read(4), "]\n")'
echo 'io.write("File? ") print(io.read())' >ask.lua
asks "a script in a file" "File? x
x" x ask.lua
asks "sss.wait" "Key? a
a" a -e 'io.write("Key? ") require "sss".wait(0, "r") print(io.read())'
asks "sss.wait, with a limit of time" "Key? a
true" a -e 'io.write("Key? ") print(require "sss".wait(0, "r", 60) ~= nil)'
asks "sss.wait in a task" "Key? a
a" a -e 'local sss = require "sss" sss.spawn(function()
    io.write("Key? ") sss.wait(0, "r") print(io.read()) end)'
asks "a task that asks while another one sleeps" "Key? a
a" a -e 'local sss = require "sss"
    local other = sss.spawn(function() sss.sleep(1000) end)
    io.write("Key? ") sss.wait(0, "r") print(io.read()) other:cancel()'
asks "a program that asks in its turn" "Name? x
x" x -e 'io.write("Na") os.execute("printf me?\\ ; read a; echo $a")'
asks "io.popen" "Name? x
x" x -e 'io.write("Name? ") local p = io.popen("read a; echo $a") print(p:read())'
asks "os.exit" "Bye? x
so" x -e 'io.write("Bye? ") io.read() io.write("so") os.exit()'

# The same when no terminal is there: before the program waits, and not before each read.
cat >talk.lua <<'LUA'
local sss = require "sss"
local how = ...
io.write("waiting")
if how == "sleep" then sss.sleep(60) end
if how == "accept" then sss.listen("127.0.0.1:0"):accept() end
if how == "execute" then os.execute("exec sleep 60") end
if how == "read" then io.read() end
LUA
kinds="sleep accept execute"
# glibc, of which the other builds are made, does not look before it reads from a pipe.
"$SSSRUN" -e 'print(pcall(require("ffi").load, "nosuch"))' | grep -q "static program" && kinds="$kinds read"
for kind in $kinds; do
    rm -f out
    mkfifo input
    sleep 60 >input &
    writer=$!
    "$SSSRUN" talk.lua "$kind" >out <input &
    program=$!
    tries=0
    while [ ! -s out ] && [ "$tries" -lt 600 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    kill "$program" "$writer" 2>/dev/null
    wait "$program" "$writer" 2>/dev/null
    rm input; touch out
    same "a pipe has it: $kind" waiting "$(cat out)"
done

# One write for many lines while input is there.
i=0
while [ "$i" -lt 3000 ]; do echo "line $i"; i=$((i + 1)); done >lines
run -e 'for line in io.lines("lines") do print(line) end'
same "lines of a file" "$(cksum <lines)" "$(cksum <out)"
cat lines | "$SSSRUN" -e 'for line in io.lines() do print(line) end' >out
same "lines of a pipe" "$(cksum <lines)" "$(cksum <out)"
finish
