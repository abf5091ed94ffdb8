# SPDX-License-Identifier: BSD-3-Clause
# sssrun build: which modules are found, and which are not.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/script/lib/cli.sh
. "$here/lib/cli.sh"

# listed NAME WORDS...: the packed names that --list of a.lua prints are WORDS.
listed() {
    name=$1
    shift
    run build --list a.lua
    same "$name" "0 $*" "$status $(awk '$3 == "main" || $3 == "required" || $3 == "named" {
        printf "%s%s", sep, $2; sep = " " }' out)"
}

for module in b c d e f g h i; do echo "return '$module'" >$module.lua; done
cat >a.lua <<'LUA'
#!/usr/bin/env require "no1"
-- require "no2"
--[[ require "no3"
]] --[==[ require "no4" ]] ]==]
local s = 'require "no5"' .. "require 'no6' \" require 'no7'" .. [[require "no8"]] ..
    [==[ ]] require "no9" ]==] .. 'a\
require "no10"' .. "\\"
require "b" require 'c' require[[d]] require [==[e]==]
local f = require("f").x, require ( "g" ) local n = 0x1p4 ..require"h" -- require "no11"
if s.require or s:find "require" then s.require "no12" s:require("no13") end
local t = {require = 1, require("\105"), require_ = require}
LUA
listed "every form of a call, and nothing else" \
    a.lua b.lua c.lua d.lua e.lua f.lua g.lua h.lua i.lua
same "with the line that asks first" "required by a.lua:9" \
    "$(sed -n 's/.*f.lua  *\(required.*\)/\1/p' out)"
same "and no notes" 0 "$(grep -c followed out)"

cat >a.lua <<'LUA'
local x = (require)("b"), -1
local y = x or (require) "c" (1)
if not (require)("d") then return (require) {} end
local z = x(require)("no1") or ("x")(require) "no2"
LUA
listed "require in parentheses" a.lua b.lua c.lua d.lua

printf 'local x = 1\r\n\r\nrequire "b"\r\nlocal y = "\\z   \r\n"\r\nrequire "none"' >a.lua
run build --list a.lua
expect "lines that end in carriage return and newline" 1 '' "^sssrun: a.lua:6: module 'none' is not found"

printf '\357\273\277require "b"' >a.lua
listed "behind a byte order mark" a.lua b.lua
printf '\357\273\277#!/usr/bin/env sssrun "\nrequire "b"' >a.lua
listed "behind a byte order mark and a first line of the system's" a.lua b.lua

cat >a.lua <<'LUA'
local x = xpcall(require, print, "b")
local y = coroutine.wrap(require)("c")
require "sss".spawn(require, "d"):join()
print(require, x, y)
LUA
listed "a require that is passed on is not followed" a.lua
same "and told" "1 3" "$(sed -n 's/^a.lua:\([0-9]\): not followed: .*/\1/p' out | xargs)"

cat >a.lua <<'LUA'
for _, m in ipairs {"sss", "ffi"} do require(m) end
local a, b = pcall(require, "none"), pcall(require, "c")
require("x" .. b)
pcall(require, m)
print(require, pcall(require, "b"))
LUA
listed "optional modules are packed when they are there" a.lua b.lua c.lua
same "what cannot be followed is told" "1 3 4" "$(sed -n 's/^a.lua:\([0-9]*\): not followed.*/\1/p' out | xargs)"
same "and what is not there and may be missing" "a.lua:2: not found, and not needed: module 'none'" \
    "$(grep 'not needed' out)"
run build a.lua
same "but a build prints a line" "0 1 0" "$status $(wc -l <out) $(wc -l <err)"

for module in sss ffi bit jit jit.util jit.p string string.buffer table.new table.clear table math \
    io os coroutine debug package lpeg re moonscript moonscript.base; do
    echo "local m = require \"$module\""
done >a.lua
listed "what every program has is not packed" a.lua
mkdir jit moonscript
echo 'return 1' | tee re.lua lpeg.lua ffi.lua jit/p.lua moonscript/base.lua >moonscript.lua
listed "a file wins over lpeg, re and moonscript, and over nothing else" \
    a.lua lpeg.lua moonscript.lua moonscript/base.lua re.lua
rm re.lua lpeg.lua ffi.lua moonscript.lua

mkdir -p p/q lib/z
echo 'return 1' | tee p/init.lua p/q.lua lib/only.lua lib/z/init.lua >p/q/r.lua
echo 'require "p" require "p.q" require "p.q.r" require "p/q" require "p.init"' >a.lua
run build --list a.lua p
same "what is named is found, also where package.path does not look" "0 4" \
    "$status $(grep -c '\.lua ' out)"
LUA_PATH='./?.lua;./?/init.lua'
export LUA_PATH
listed "folders" a.lua p/init.lua p/q.lua p/q/r.lua
unset LUA_PATH
echo 'require "only" require "z"' >a.lua
run build --list a.lua
expect "a module that is in no place" 1 '' \
    "^sssrun: a.lua:1: module 'only' is not found \(tried ./only.lua, .*\); name its file"
LUA_PATH='lib/?.lua;lib/?/init.lua;;'
export LUA_PATH
listed "LUA_PATH is followed; the names are those of the modules" a.lua only.lua z/init.lua
run build -o a.out a.lua
unset LUA_PATH
(cd / && "$work/a.out") >out 2>err
status=$?
expect "and found again in the program" 0 '' ''
run build --list a.lua lib/only.lua
expect "a named file has its own name" 1 '' "module 'only' is not found"
echo 'require "lib.only" return require("lib.z")' >a.lua
LUA_PATH='./?.lua;./?/init.lua'
export LUA_PATH
listed "names with folders" a.lua lib/only.lua lib/z/init.lua
echo 'require "first"' >a.lua
echo 'require "second"' >first.luax
echo 'return 1' >second.luax
LUA_PATH='./?.luax'
listed "files of another ending are modules as well" a.lua first.lua second.lua
unset LUA_PATH

echo 'require "one"' >a.lua
echo 'local x = require "two"' >one.lua
printf '\n\nrequire("three")' >two.lua
run build --list a.lua
expect "the file and the line that ask, however deep" 1 '' "^sssrun: two.lua:3: module 'three' is not"
echo 'require "a" require "one"' >two.lua
listed "a circle" a.lua one.lua two.lua
echo 'require "..x"' >a.lua
touch x.lua
run build --list a.lua
expect "a module whose name cannot be packed" 1 '' '^sssrun: a.lua:1: module'
touch clib.so
echo 'return require "clib"' >a.lua
run build a.lua
expect "a module in C" 1 '' "^sssrun: a.lua:1: module 'clib' is a C library \(./clib.so\), which cannot be packed"

# What is named.
mkdir -p data/sub data/empty
echo 1 >data/one
echo 2 >data/sub/two
echo 'require "b" return 1' >data/sub/three.lua
ln -s sub data/link
ln -s .. data/sub/up
ln -s ../../b.lua data/sub/file.lua
echo 'print(1)' >a.lua
rm -rf data/link
run build --list a.lua ./data//sub/ data/one
same "folders, files, links to files; scripts are followed too" \
    "0 a.lua b.lua data/one data/sub/file.lua data/sub/three.lua data/sub/two" \
    "$status $(awk '$3 { print $2 }' out | grep -v ^data/sub/up | xargs)"
rm data/sub/up
ln -s . data/sub/loop
ln -s ../sub data/sub/again
run build --list a.lua data
same "links back to a folder end there" \
    "0 a.lua b.lua data/one data/sub/file.lua data/sub/three.lua data/sub/two" \
    "$status $(awk '$3 { print $2 }' out | xargs)"
run build -o data/program a.lua data
run build -o data/other a.lua data/one data/sub
mv data/program "$work/program"
run build -o data/other a.lua data
run build -o data/program a.lua data
same "the output is not packed" 0 "$("$SSSRUN" build --list data/program | grep -c data/program)"
finish
