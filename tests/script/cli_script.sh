# SPDX-License-Identifier: BSD-3-Clause
# Scripts: files, folders, standard input, bytecode; arg; what cannot be run; check.
. "$(dirname "$0")/lib/cli.sh"

cat >args.lua <<'LUA'
print(select("#", ...), ...)
local low = 0
while arg[low - 1] do low = low - 1 end
for i = low, #arg do io.write(i, "=", i == low and "PROGRAM" or arg[i], " ") end
print(arg[low] ~= nil)
LUA
run args.lua a '' 'b c'
expect "arg and ... of a script" 0 "3	a		b c
-1=PROGRAM 0=args.lua 1=a 2= 3=b c true" ''
run -e 'x=1' args.lua a
expect "arg has the options at negative indexes" 0 "1	a
-3=PROGRAM -2=-e -1=x=1 0=args.lua 1=a true" ''
run -e 'table.insert(arg, "more")' args.lua a
same "... follows a changed arg" "2	a	more" "$(head -n 1 out)"
run -e 'arg = nil' -e 'print(...)' args.lua
same "a script without arg" 1 "$status"

"$SSSRUN" - a b >out 2>err <args.lua
status=$?
expect "- is standard input, with arguments" 0 "2	a	b
-1=PROGRAM 0=- 1=a 2=b true" ''
echo 'print("from stdin", ...)' | "$SSSRUN" >out 2>err
status=$?
expect "no argument at all runs standard input" 0 "from stdin" ''
echo 'error "oops"' | "$SSSRUN" >out 2>err
status=$?
expect "errors of standard input name stdin" 1 '' '^sssrun: stdin:1: oops'
"$SSSRUN" <&- >out 2>err
status=$?
expect "a closed standard input" 1 '' '^sssrun: cannot read stdin: '

printf '#!/usr/bin/env sssrun\nprint(debug.getinfo(1).currentline, ...)\n' >bang
chmod +x bang
run bang x
expect "the #! line is skipped and counted" 0 "2	x" ''
mkdir bin
ln -s "$SSSRUN" bin/sssrun
PATH="$work/bin:$PATH" ./bang y >out 2>err
status=$?
expect "a script with #! starts by itself" 0 "2	y" ''
printf '\357\273\277print "bom"' >bom.lua
run bom.lua
expect "a byte order mark is skipped" 0 bom ''
: >empty.lua
run empty.lua
expect "an empty script" 0 '' ''

mkdir -p app/sub app/name
echo 'print(require "helper", require "sub", arg[0], ...)' >app/main.lua
echo 'return "helper of app"' >app/helper.lua
echo 'return "sub of app"' >app/sub/init.lua
echo 'return "helper of the current folder"' >helper.lua
run app 1
expect "a folder runs its main.lua with its modules first" 0 \
    "helper of app	sub of app	app	1" ''
run app/ 1
expect "a folder with a slash" 0 "helper of app	sub of app	app/	1" ''
(cd app && run . && mv out err ..)
expect "the current folder" 0 "helper of app	sub of app	." ''
echo 'print(require "helper")' >plain.lua
mkdir elsewhere
cp plain.lua elsewhere
run elsewhere/plain.lua
expect "a file leaves package.path alone" 0 "helper of the current folder" ''
echo 'x = = 1' >app/main.lua
run app
expect "main.lua that does not compile is named" 1 '' '^sssrun: app/main.lua:1: '

mkdir none
run none
expect "a folder without main.lua" 1 '' '^sssrun: cannot run none: it is a folder without main.lua or main.moon$'
mkdir -p odd/main.lua
run odd
expect "a folder whose main.lua is a folder" 1 '' '^sssrun: cannot run odd/main.lua: it is a folder$'
run nosuch.lua
expect "a script that is not there" 1 '' '^sssrun: cannot open nosuch.lua: No such file or directory$'
run args.lua/x
expect "a script below a file" 1 '' '^sssrun: cannot open args.lua/x: Not a directory$'
run ''
expect "a script without a name" 2 '' '^sssrun: the name of the script is empty$'
cp plain.lua secret.lua && chmod 0 secret.lua && chmod 755 .
become_nobody='local ffi = require "ffi" ffi.cdef "int setuid(unsigned); unsigned getuid(void);"
    if ffi.C.getuid() == 0 then ffi.C.setuid(65534) end'
run -e "$become_nobody" secret.lua
expect "a script that may not be read" 1 '' '^sssrun: cannot open secret.lua: Permission denied$'
echo 'local x = ' >broken.lua
run broken.lua
expect "a script that does not compile" 1 '' "^sssrun: broken.lua:[12]: unexpected symbol near '<eof>'$"

# One line, whatever the bytes are.
garbage() {
    run "$2"
    [ "$(wc -l <err)" -eq 1 ] || status="$status, $(wc -l <err) lines"
    expect "$1" 1 '' "^sssrun: ${3:-cannot run $2: it is neither a Lua script nor LuaJIT bytecode}$"
}
head -c 100000 "$SSSRUN" >program
garbage "an executable is no script" program
head -c 4096 /dev/urandom | tr '\000' '\001' >noise
printf '\001\002' | cat - noise >noise1
garbage "random bytes are no script" noise1
printf 'x\0y' >nul
garbage "text with a NUL byte that does not compile" nul
printf 'print(#"a\0b")' >data.lua
run data.lua
expect "a NUL byte in a string that compiles" 0 3 ''

echo 'print("compiled", ...) return nil' >source.lua
run -b source.lua compiled.out
expect "-b saves bytecode" 0 '' ''
run compiled.out a
expect "saved bytecode runs" 0 "compiled	a" ''
run -bg source.lua compiled.raw
run compiled.raw
expect "-bg keeps debug information" 0 compiled ''
run -bl source.lua
same "-bl lists bytecode" "0 yes" "$status $(grep -q BYTECODE out && echo yes)"
run -be 'print "short"' short.out
run short.out
expect "-be saves a statement" 0 short ''
run -b source.lua text.c
same "-b writes C" "0 yes" "$status $(grep -q luaJIT_BC_text text.c && echo yes || grep -q luaJIT_BC_source text.c && echo yes)"
run -b
expect "-b without a file" 2 '' '^sssrun: -b needs a file'
run -v -b source.lua x
expect "-b behind another option" 2 '' '^sssrun: -b must come first'
run -b nosuch.lua x
expect "-b of a file that is not there" 1 '' '^sssrun: cannot open nosuch.lua'

garbage_bytecode() {
    garbage "bytecode that is $1" "$2" "$2: cannot load (malformed|incompatible) bytecode"
}
printf '\033LJ' >signature
garbage_bytecode "a signature only" signature
printf '\033LJ\377\377garbage garbage' >version
garbage_bytecode "of an unknown version" version
head -c 30 compiled.out >cut
garbage_bytecode "cut off" cut
{ head -c 5 compiled.out; head -c 500 noise; } >mixed
garbage_bytecode "noise behind a good header" mixed


# Every way to cut a dump off, and 200 times noise behind its header: one line each, no crash.
mkdir damaged
cat >damage.lua <<'LUA'
local dump = io.open("compiled.raw", "rb"):read "*a"
local count = 0
local function save(data)
    count = count + 1
    local file = assert(io.open("damaged/" .. count, "wb"))
    file:write(data)
    file:close()
end
for size = 1, #dump - 1 do save(dump:sub(1, size)) end
local noise = io.open("/dev/urandom", "rb")
for i = 1, 200 do save(dump:sub(1, 5) .. noise:read(i * 5)) end
print(count)
LUA
run -b -g source.lua compiled.raw
run damage.lua
count=$(cat out)
run check damaged/*
same "damaged bytecode is refused, whatever the damage" "1 $count" "$status $(wc -l <err)"
same "in words" "$count" "$(grep -Ec '^sssrun: damaged/[0-9]+: cannot load (malformed|incompatible) bytecode$' err)"

echo 'error "must not run"' >good.lua
run check good.lua
expect "check compiles only" 0 '' ''
run check good.lua broken.lua nosuch.lua none
expect "check goes on after a failure" 1 '' '^sssrun: broken.lua:[12]: '
same "check reports each file in a line" 3 "$(wc -l <err)"
run check compiled.out
expect "check takes bytecode" 0 '' ''
"$SSSRUN" check - >out 2>err <broken.lua
status=$?
expect "check - is standard input" 1 '' '^sssrun: stdin:[12]: '
run check
expect "check without a file" 2 '' '^sssrun: check needs a file'
echo 'print "a script"' >check
run ./check
expect "a script named check is run as ./check" 0 "a script" ''
run -e '' check
expect "and behind an option" 0 "a script" ''
finish
