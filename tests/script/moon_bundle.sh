# SPDX-License-Identifier: BSD-3-Clause
# sssrun build: programs in MoonScript.
. "$(dirname "$0")/lib/cli.sh"

mkdir -p src/room away
LUA_PATH="src/?.lua;src/?/init.lua"
export LUA_PATH
cat >src/chat.moon <<'MOON'
#!/usr/bin/env sssrun
room = require "room"
import greet from require "room.door"

guest = room.Guest "ann"
print greet(guest), ...
guest\fail! if ...
MOON
cat >src/room/init.moon <<'MOON'
class Guest
  new: (@name) =>
  -- a comment
  fail: =>
    error "#{@name} fails"

{:Guest}
MOON
echo '{greet: (guest) -> "hello #{guest.name} from #{require("plain")}"}' >src/room/door.moon
echo 'return "Lua"' >src/plain.lua

# built OPTION POSITION: builds with it, runs elsewhere; errors name POSITION.
built() {
    run build $1 -o chat src/chat.moon
    expect "build $1" 0 "$(cat out)" ''
    cd away || exit 2
    SSSRUN_SAVED=$SSSRUN SSSRUN=$work/chat
    run
    expect "a program of four modules, built $1" 0 "hello ann from Lua" ''
    run x
    expect "an error in it, built $1" 1 "hello ann from Lua	x" "$2"
    SSSRUN=$SSSRUN_SAVED
    cd .. || exit 2
}
built '' '^sssrun: room/init.moon:5: ann fails$'
grep -q 'room/init.moon:5: in function ' away/err
same "the traceback has the lines of the source" 0 "$?"
grep -aq 'hello #{guest' chat
same "the text is not in the program" 1 "$?"
built --plain '^sssrun: room/init.moon:5: ann fails$'
grep -aq 'hello #{guest' chat
same "--plain packs the text" 0 "$?"
built --strip 'ann fails$'

run build --list src/chat.moon
same "--list names the .moon files" "0 chat.moon plain.lua room/door.moon room/init.moon" \
    "$status $(awk '$3 == "main" || $3 == "required" { print $2 }' out | sort | paste -s -d ' ')"
cp -R src app
mv app/chat.moon app/main.moon
run build -o folder app
SSSRUN_SAVED=$SSSRUN SSSRUN=./folder
run
expect "a folder with main.moon" 0 "hello ann from Lua" ''
SSSRUN=$SSSRUN_SAVED

printf 'x = 1\n\ny = = 2\n' >src/room/door.moon
run build -o none src/chat.moon
expect "a module that does not compile is named" 1 '' \
    '^sssrun: (src/)?room/door.moon:3: cannot parse: y = = 2$'
printf 'x = 1\n\nf = ->\n  require "nothing"\n' >src/room/door.moon
run build -o none src/chat.moon
expect "a module that is not there is named with the line that asks" 1 '' \
    "^sssrun: src/room/door.moon:4: module 'nothing' is not found"
same "... and nothing is written" 1 "$([ -e none ]; echo $?)"
finish
