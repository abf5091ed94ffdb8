# SPDX-License-Identifier: BSD-3-Clause
# MoonScript on the command line: scripts, modules, what does not compile.
. "$(dirname "$0")/lib/cli.sh"

cat >args.moon <<'MOON'
#!/usr/bin/env sssrun
print select("#", ...), ..., arg[0], arg[1], debug.getinfo(1).currentline
MOON
run args.moon a 'b c'
expect "arg and ... of a script" 0 "2	a	args.moon	a	2" ''
mkdir bin
ln -s "$SSSRUN" bin/sssrun
chmod +x args.moon
PATH="$work/bin:$PATH" ./args.moon x >out 2>err
status=$?
expect "a script with #! starts by itself" 0 "1	x	./args.moon	x	2" ''
echo 'print "ran"' >x.moon
run - <x.moon
expect "standard input is Lua" 0 "ran" ''
echo 'f = -> 1' >x.moon
run - <x.moon
expect "... and nothing else" 1 '' '^sssrun: stdin:1: '

echo 'print "#{x}" for x in *{1, 2}' >x.moon
run -m - <x.moon
expect "with -m it is MoonScript" 0 "1
2" ''
run -m <x.moon
expect "... also without a dash" 0 "1
2" ''
printf 'x = 1\n\ny = = 2\n' >bad.moon
run -m - <bad.moon
expect "... and told as stdin" 1 '' '^sssrun: stdin:3: cannot parse: y = = 2$'
printf 'x = 1\n\nprint x.y.z\n' >bad.moon
run -m - <bad.moon
expect "... with the lines of the source" 1 '' "^sssrun: stdin:3: attempt to index local 'x'"
echo 'print ..., arg[2]' >args.moon
run -m - a b <args.moon
expect "... with arguments" 0 "a	b" ''
run -m -e 'print "#{1 + 1}"' -e 'print switch 1
  when 1 then "one"'
expect "-m -e" 0 "2
one" ''
run -e 'print "#{1}" for x in *arg' -m
expect "-m may stand behind -e" 0 '' ''
run -m -e 'x = = 1'
expect "-m -e that does not parse" 1 '' '^sssrun: \(command line\):1: cannot parse: x = = 1$'
run -m -e 'f = -> error "no"
f!'
expect "-m -e that fails" 1 '' '^sssrun: \(command line\):1: no$'
run -e 'print "#{1}" for x in *arg'
expect "-e without -m is Lua" 1 '' "^sssrun: \(command line\):1: "
cp x.moon plain
run -m plain
expect "-m and a name that says nothing" 0 "1
2" ''
echo 'print("lua")' >x.lua
run -m x.lua
expect "-m and a name that says Lua" 0 lua ''
mkdir -p folder && cp x.lua folder/main.lua
run -m folder
expect "-m and a folder with main.lua" 0 lua ''
run -m -l nothing
expect "-m and -l" 1 '' "module 'nothing' not found"
run -mx
expect "-m with a tail" 2 '' "^sssrun: unknown option '-mx'"

run check --lua x.moon
same "check --lua" "0 0" "$status $(wc -c <err)"
cp out x1.lua
run x1.lua
expect "... prints Lua that does the same" 0 "1
2" ''
printf 'f = (x) -> x + 1\n' >f.moon
run check --lua f.moon
expect "... as one would write it" 0 'local f
f = function(x)
  return x + 1
end' ''
run check --lua x.lua
expect "... of what is Lua" 1 '' '^sssrun: --lua: x.lua is Lua; only MoonScript becomes Lua$'
run check --lua nosuch.moon
expect "... of a file that is not there" 1 '' '^sssrun: cannot open nosuch.moon: No such file or directory$'
printf 'x = 1\ny = = 1\n' >bad.moon
run check --lua bad.moon
expect "... of what does not parse" 1 '' '^sssrun: bad.moon:2: cannot parse: y = = 1$'
run check --lua f.moon bad.moon f.moon
same "... of several files, each" "1 2 1" "$status $(grep -c '^local f$' out) $(wc -l <err)"
echo 'x = 1' >stdin.moon
run check -m --lua - <stdin.moon
expect "... of standard input" 0 'local x = 1' ''
run check --lua - <stdin.moon
expect "... which is Lua without -m" 1 '' '^sssrun: --lua: standard input is Lua'
run check -m plain x.lua
expect "check -m" 0 '' ''
run check --nosuch x.moon
expect "check with an unknown option" 2 '' "^sssrun: check: unknown option '--nosuch'"
run check --lua
expect "check --lua without a file" 2 '' '^sssrun: check needs a file'
cp x.lua ./--lua
run check -- --lua
expect "check of a file with such a name" 0 '' ''

mkdir -p app/room both
echo 'print require("room").name, require("room.door"), require "plain"' >app/main.moon
echo '{name: "room"}' >app/room/init.moon
echo '"door"' >app/room/door.moon
echo 'return "plain"' >app/plain.lua
run app
expect "a folder runs its main.moon with its modules" 0 "room	door	plain" ''
echo 'print "lua"' >both/main.lua
echo 'print "moon"' >both/main.moon
run both/
expect "main.lua comes before main.moon" 0 lua ''

echo '"moon"' >twin.moon
echo 'return "lua"' >twin.lua
run -e 'print(require "twin")'
expect "a .moon module comes before the .lua one, and Lua can require it" 0 moon ''
rm twin.moon
run -e 'print(require "twin")'
expect "... and the .lua one is found without it" 0 lua ''
run -e 'package.path = "./?.txt;app/?/init.lua;;?" print(require("room").name)'
expect "only templates for Lua files are looked along" 0 room ''
run -e 'package.path = nil require "x"'
expect "package.path that is no string" 1 '' "'package.path' must be a string"
run -e 'require "no.such"'
expect "a module that is not there" 1 '' "^	no file 'no/such.moon' along package.path$"
mkdir asfolder.moon
run -e 'require "asfolder"'
expect "a folder is no module" 1 '' "module 'asfolder' not found:"
mkdir moonscript
echo 'error "not this one"' >moonscript/base.moon
echo 'print "compiled"' >good.moon
run good.moon
expect "the compiler is never taken from a .moon file" 0 compiled ''
cat >moonscript/base.lua <<'LUA'
return {to_lua = function(text) return "print 'other compiler'", {} end}
LUA
run good.moon
expect "a compiler on package.path comes before the one built in" 0 "other compiler" ''
cat >moonscript/base.lua <<'LUA'
return {to_lua = function(text) error "no luck" end}
LUA
run good.moon
expect "an error of the compiler is told" 1 '' '^sssrun: good.moon: cannot compile: no luck$'
echo 'x = = 1' >moonscript/base.lua
run good.moon
expect "a compiler that does not compile is told" 1 '' \
    "^sssrun: good.moon: cannot compile: error loading module 'moonscript.base'"
rm -r moonscript

LUA_INIT=@init.moon
export LUA_INIT
echo 'export started = [x for x in *{1, 2}]' >init.moon
run -e 'print(#started)'
expect "LUA_INIT" 0 2 ''
unset LUA_INIT
echo 'print "module"' >module.moon
run -l module -e 'print(package.loaded.module)'
expect "-l" 0 "module
true" ''
run -b good.moon good.out
expect "-b takes Lua only" 1 '' '^sssrun: -b: good.moon is MoonScript; only Lua can be saved as bytecode$'

run check good.moon args.moon
expect "check of what is right" 0 '' ''
# broken NAME TEXT MESSAGE: one line, from check, from a run, and from require.
broken() {
    printf "$2" >broken.moon
    run check broken.moon
    expect "$1" 1 '' "^sssrun: broken.moon:$3\$"
    same "$1: in one line" 1 "$(wc -l <err)"
    cp err checked
    run broken.moon
    same "$1: the same when run" "1 $(cat checked)" "$status $(cat err)"
    run -e 'print(select(2, pcall(require, "broken")))'
    expect "$1: required" 0 "error loading module 'broken' from file './broken.moon':
	./$(sed 's/^sssrun: //' checked)" ''
}
broken "a line that does not parse" 'x = 1\n\ny = = 2\nz = 3\n' '3: cannot parse: y = = 2'
broken "wrong indentation" 'if x\n  y\n    z\n' '3: cannot parse: z'
broken "what cannot be assigned" 'x = 1\n(a + b) = 3\n' \
    '2: cannot parse, left hand expression is not assignable: \(a \+ b\) = 3'
broken "a dot without with" 'x = 1\n\n.foo 3\ny = 2\n' \
    '3: cannot compile: Short-dot syntax must be called within a with block'
broken "continue without a loop" 'x = 1\n\ncontinue\ny = 2\n' \
    '3: cannot compile: continue must be inside of a loop'
broken "what Lua refuses" 'x = 1\n\n-- comment\ngoto = 2\n' "4: cannot compile: 'goto' is a keyword of Lua and cannot be a name"
broken "break without a loop" 'x = 1\n\nbreak\nx = 2\n' '3: cannot compile: break must be inside of a loop'
broken "control characters and a long line" \
    "x = 1\n= \t\177$(head -c 300 /dev/zero | tr '\0' y)\n" \
    '2: cannot parse: = \?\?y{96}\.\.\.'
head -c 20000 /dev/zero | tr '\0' '(' >deep.moon
run check deep.moon
expect "parentheses without end" 1 '' '^sssrun: deep.moon:1: cannot parse, nested too deeply \(200 levels\): \({100}\.\.\.$'
same "parentheses without end: in one line" 1 "$(wc -l <err)"
head -c 100000 /dev/urandom | tr '\000' '\001' >noise.moon
printf '\001\002' | cat - noise.moon >noise1.moon
run noise1.moon
expect "random bytes" 1 '' \
    '^sssrun: cannot run noise1.moon: it is neither a MoonScript script nor LuaJIT bytecode$'
run nosuch.moon
expect "a script that is not there" 1 '' \
    '^sssrun: cannot open nosuch.moon: No such file or directory$'
for text in '' '\n' '#!/usr/bin/env sssrun' '-- only this' '\357\273\277' '\r\n\r\n' '  \n\t\n'; do
    printf -- "$text" >empty.moon
    run empty.moon
    expect "a script without statements: '$text'" 0 '' ''
done
printf 'print "a", "ä €"\r\nif true\r\n\tprint [[x\r\ny]], #"ä"\r\n' >crlf.moon
run crlf.moon
expect "CRLF, tabs, UTF-8" 0 "a	ä €
x
y	2" ''
mkfifo pipe.moon
cat good.moon >pipe.moon &
run pipe.moon
wait
expect "a pipe" 0 compiled ''
run -e 'for name in pairs(package.loaded) do assert(not name:find "moonscript") end assert(not lpeg)'
expect "nothing of MoonScript is loaded without need" 0 '' ''
echo 'print lpeg, re, moonscript' >names.moon
run names.moon
expect "nothing of the compiler is global" 0 "nil	nil	nil" ''
finish
