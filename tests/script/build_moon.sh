# SPDX-License-Identifier: BSD-3-Clause
# sssrun build of MoonScript.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/script/lib/cli.sh
. "$here/lib/cli.sh"

mkdir -p room
cat >chat.moon <<'MOON'
#!/usr/bin/env sssrun
-- A comment, so that lines differ.


import greet from require "room.words"
plain = require "plain"
class Greeter
  new: (@name) =>
  speak: => greet @name
it = Greeter arg[1] or "you"
print it\speak!, plain.value
plain.fail! if arg[2] == "lua"
require("room.words").fail! if arg[2] == "moon"
MOON
cat >room/words.moon <<'MOON'
sss = require "sss"


fail = ->
  x = [n * 2 for n in *{1, 2}]
  error "asked #{#x}"
{ :fail, greet: (name) -> "hello #{name} #{#sss.asset 'data'}" }
MOON
echo 'return {value = 7, fail = function() error("asked for") end}' >plain.lua
printf 12345 >data

for options in '' --plain --strip; do
    # shellcheck disable=SC2086
    run build $options chat.moon data
    same "build $options" "0 0" "$status $(wc -c <err)"
    mkdir -p empty
    (cd empty && timeout 120 ../chat me) >out 2>err
    status=$?
    expect "$options: modules of both languages" 0 "hello me 5	7" ''
    (cd empty && timeout 120 ../chat me moon) >out 2>err
    status=$?
    if [ "$options" = --strip ]; then
        expect "without lines" 1 "hello me 5	7" 'asked 2'
    else
        expect "$options: an error names the .moon line" 1 "hello me 5	7" \
            '^sssrun: room/words.moon:6: asked 2$'
        same "... and so does the traceback" 1 "$(grep -c '	room/words.moon:6: in ' err)"
    fi
done
run build --list chat.moon data
same "--list names the .moon lines" \
    "chat.moon main; data named; plain.lua required by chat.moon:6; room/words.moon required by chat.moon:5;" \
    "$(awk '$3 == "main" || $3 == "required" || $3 == "named" {
        $1 = ""; sub(/^ /, ""); print $0 ";" }' out | xargs)"

mkdir -p app/sub
echo 'print require("sub.one").name, (require "two")' >app/main.moon
echo '{name: "one"}' >app/sub/one.moon
echo '"moon"' >app/two.moon
echo 'return "lua"' >app/two.lua
run build app -o program
same "a folder with main.moon" 0 "$status"
(cd empty && timeout 120 ../program) >out 2>err
status=$?
expect "it runs; a .moon file comes before the .lua one, as unpacked" 0 "one	moon" ''
run app
expect "so unpacked" 0 "one	moon" ''

printf 'x = 1\n\ny = = 2\n' >bad.moon
run build bad.moon
expect "a script that does not compile" 1 '' '^sssrun: bad.moon:3: '
printf '\n\nrequire "none"\n' >bad.moon
run build bad.moon
expect "a module that is not found" 1 '' "^sssrun: bad.moon:3: module 'none' is not found"
printf 'x =\n  a: 1\n\n  b: require "b" .. c\nf = -> require x.a\n' >bad.moon
run build --list bad.moon
same "calls that cannot be followed" "0 4 5" "$status$(sed -n 's/^bad.moon:\([0-9]\): not followed.*/ \1/p' out | tr -d '\n')"
head -c 300 "$SSSRUN" >bad.moon
run build bad.moon
expect "a binary file" 1 '' '^sssrun: cannot build bad.moon: it is neither a Lua script nor a MoonScript one$'
cat >lib.moon <<'MOON'
re = require "re"
lua = require("moonscript.base").to_lua "f = -> 1"
print re.match("aab", "{'a'*}"), require("lpeg") != nil, lua != nil
MOON
run build lib.moon
(cd empty && timeout 120 ../lib) >out 2>err
status=$?
expect "lpeg, re and the compiler are in every program" 0 "aa	true	true" ''
finish
