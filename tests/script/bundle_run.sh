# SPDX-License-Identifier: BSD-3-Clause
# Programs that sssrun build made, as they run: arguments, modules, assets, SSSRUN_AS_RUNTIME.
. "$(dirname "$0")/lib/cli.sh"

# Runs the bundle PROGRAM, as run does with $SSSRUN.
go() {
    timeout 120 "$@" >out 2>err
    status=$?
}

build() {
    run build "$@"
    [ "$status" -eq 0 ] || result "build $*" "$(cat err)"
}

mkdir -p src/chat src/data/sub elsewhere
cat >src/main.lua <<'LUA'
local sss = require "sss"
if ... == "fail" then error "oops" end
if ... == "exit" then os.exit(7) end
if ... == "bad" then require "bad" end
print(#arg, arg[0], arg[-1], ...)
print(require "chat.room", require "chat", require "plain")
print(sss.asset("data/motd \195\164.txt"), #sss.asset "data/sub/empty")
sss.spawn(function() print(require "slow") end)
LUA
echo 'return "room " .. ...' >src/chat/room.lua
echo 'return "chat"' >src/chat/init.lua
printf '#!/usr/bin/env sssrun\nreturn "plain"' >src/plain.lua
echo 'require "sss".sleep(0.01) return "slow"' >src/slow.lua
echo 'error "this module fails"' >src/bad.lua
printf 'hello' >"src/data/motd ä.txt"
: >src/data/sub/empty
wanted="3	./b	nil	-e	x y	--version
room chat.room	chat	plain
hello	0
slow"
(cd src && run build -o ../b . data && cat err)
cd elsewhere && cp ../b . && go ./b -e 'x y' --version && mv out err .. && cd ..
expect "arguments, modules and assets" 0 "$wanted" ''
LUA_INIT='error "init"' LUA_PATH=/nowhere LUA_CPATH=/nowhere
export LUA_INIT LUA_PATH LUA_CPATH
go ./b -e 'x y' --version
expect "LUA_INIT and LUA_PATH are not read" 0 "$wanted" ''
unset LUA_INIT LUA_PATH LUA_CPATH
go ./b fail
expect "an error has the position in the packed file" 1 '' '^sssrun: main.lua:2: oops'
go ./b bad
expect "an error of a packed module" 1 '' 'bad.lua:1: this module fails'
go ./b exit
expect "the exit status" 7 '' ''
mkdir -p lower/chat
echo 'return "wrong"' | tee lower/chat/room.lua lower/chat.lua >lower/plain.lua
cd lower && go ../b -e 'x y' --version && mv out err .. && cd ..
same "packed modules come before those of the current folder" "room chat.room	chat	plain" \
    "$(sed -n 2p out)"

cat >names.lua <<'LUA'
local sss = require "sss"
local function try(name)
    local ok, err = pcall(sss.asset, name)
    print(ok and err or err.op .. " " .. err.code .. " " .. err.errno .. " " .. tostring(err))
end
for _, name in ipairs {"here", "none", "folder", "folder/in", "folder/none", "here/x", "/here",
    "../x", "folder/../here", "./here", "", "folder/", "a\0b"} do try(name) end
print(select(2, pcall(sss.asset)), select(2, pcall(sss.asset, {})), #sss.asset("large"))
LUA
printf 'x' >here
mkdir -p folder
printf 'y\0z' >folder/in
head -c 300000 /dev/zero >large
cat >wanted <<'TXT'
x
asset ENOENT 2 asset none: No such file or directory
asset EISDIR 21 asset folder: Is a directory
y@z
asset ENOENT 2 asset folder/none: No such file or directory
asset CODE asset here/x: REASON
asset EINVAL 22 asset /here: Invalid argument
asset EINVAL 22 asset ../x: Invalid argument
asset EINVAL 22 asset folder/../here: Invalid argument
asset EINVAL 22 asset ./here: Invalid argument
asset EINVAL 22 asset : Invalid argument
asset EINVAL 22 asset folder/: Invalid argument
asset EINVAL 22 asset a: Invalid argument
names.lua:8: bad argument #1 to 'asset' (string expected, got no value)	names.lua:8: bad argument #1 to 'asset' (string expected, got table)	300000
TXT
build -o n names.lua here folder large
mkdir -p empty
cd empty && go ../n && mv out err .. && cd ..
tr '\0' @ <out >flat
same "assets of a bundle" "$(sed 's/CODE/ENOENT 2/; s/REASON/No such file or directory/' wanted)" \
    "$(cat flat)"
run names.lua
tr '\0' @ <out >flat
same "assets of a script" "$(sed 's/CODE/ENOTDIR 20/; s/REASON/Not a directory/' wanted)" \
    "$(cat flat)"

echo 'print(select(2, pcall(require, "none.such")))' >none.lua
build -o none none.lua
go ./none
same "what is not found names the packed files first" "	no packed module 'none.such'" \
    "$(sed -n 2p out)"

SSSRUN_AS_RUNTIME=1 go ./b -e 'print(select(2, pcall(require, "x.y")):find "packed")'
expect "SSSRUN_AS_RUNTIME=1 makes a plain sssrun of it" 0 nil ''
SSSRUN_AS_RUNTIME=0 go ./b exit
expect "SSSRUN_AS_RUNTIME=0 does not" 7 '' ''
SSSRUN_AS_RUNTIME=1 ./b build -o second none.lua >out 2>err
go ./second
same "a bundle builds bundles" "	no packed module 'none.such'" "$(sed -n 2p out)"
same "which are as those of the runtime" "" "$(cmp none second 2>&1)"
finish
