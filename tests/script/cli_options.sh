# SPDX-License-Identifier: BSD-3-Clause
# The options, one by one and together.
. "$(dirname "$0")/lib/cli.sh"

run -e 'print(1)'
expect "-e runs a statement" 0 1 ''
run '-eprint(2)'
expect "-e takes its text attached" 0 2 ''
run -e 'x = 1' -e 'print(x + 1)'
expect "-e can be given twice" 0 2 ''
run -e ''
expect "-e of nothing" 0 '' ''
run -e 'print('
expect "-e that does not compile" 1 '' '^sssrun: \(command line\):1: '
run -e 'error "first"' -e 'print(2)'
expect "an error in -e ends the run" 1 '' '^sssrun: \(command line\):1: first'
run -e
expect "-e without a value" 2 '' "^sssrun: option '-e' needs a value"

echo 'print("main", ...)' >main.lua
echo 'print "module" return {name = ...}' >module.lua
run -l module main.lua
expect "-l requires a module, then comes the script" 0 "module
main" ''
run -lmodule -e 'print(package.loaded.module.name)'
expect "-l takes its name attached" 0 "module
module" ''
run -l nosuch main.lua
expect "-l of a module that is not there" 1 '' "^sssrun: module 'nosuch' not found"
run -l
expect "-l without a value" 2 '' "^sssrun: option '-l' needs a value"

run -v
same "-v prints the version" 1 "$(grep -Ec '^sssrun [0-9]+\.[0-9]+\.[0-9]+ \(LuaJIT 2\.1\..+\)$' out)"
same "and what is built in" 1 "$(sed 1d out | grep -Ec \
    '^with (musl 1\.[^,]+, )?LuaJIT 2\.1\.[^,]+, c-ares 1\.[^,]+, LPeg 1\.[^,]+$')"
version=$(cat out)
run -v main.lua a
expect "-v goes on with the script" 0 "$version
main	a" ''
run --version main.lua
expect "--version does not" 0 "$version" ''
run -vx
expect "-v with a tail" 2 '' "^sssrun: unknown option '-vx'"

run -i
expect "-i says that there is no interactive mode" 2 '' '^sssrun: -i: this build has no interactive mode; .*-e'
run -x
expect "an unknown option" 2 '' "^sssrun: unknown option '-x' \(sssrun --help"
run --nosuch
expect "an unknown long option" 2 '' "^sssrun: unknown option '--nosuch'"
run -h
same "-h prints the usage" "0 1" "$status $(grep -c '^usage: sssrun ' out)"
run --help
same "--help prints the usage" "0 1" "$status $(grep -c '^usage: sssrun ' out)"

run -O3 -e 'print(jit.status())'
same "-O3 keeps the compiler on" "0 1" "$status $(grep -c '^true' out)"
run -O-fold,hotloop=5 -e 'print((jit.status()), select("#", jit.status()))'
same "-O takes flags and parameters" 0 "$status"
run -O -e 'print(1)'
expect "-O alone" 0 1 ''
run -Ononsense -e 'print(1)'
expect "-O with an unknown flag" 1 '' '^sssrun: .*nonsense'

run -joff -e 'print((jit.status()))'
expect "-joff" 0 false ''
run -j off -j on -e 'print((jit.status()))'
expect "-j off -j on" 0 true ''
run -jflush -e 'print(1)'
expect "-jflush" 0 1 ''
run -jv=out.v -e 'for i = 1, 1000 do end'
same "-jv=FILE tells of traces" "0 1" "$status $(grep -c 'TRACE.*loop' out.v)"
run -jdump=bs,out.dump -e 'for i = 1, 1000 do end'
same "-jdump=OPTIONS,FILE lists bytecode" "0 yes" "$status $(grep -q 'FORL' out.dump && echo yes)"
run -jbc -e 'local x = 1 return x'
same "-jbc lists bytecode" "0 yes" "$status $(grep -q 'BYTECODE' err && echo yes)"
run -jp=s,i1 -e 'print(1)'
same "-jp profiles" 0 "$status"
run -jnosuch -e 'print(1)'
expect "-j with an unknown command" 1 '' "^sssrun: -j: unknown LuaJIT command 'nosuch'"
run -j
expect "-j without a value" 2 '' "^sssrun: option '-j' needs a value"

echo 'print("init", arg and arg[1])' >init.lua
export LUA_INIT='print "from LUA_INIT"'
run main.lua
expect "LUA_INIT is run first" 0 "from LUA_INIT
main" ''
export LUA_INIT=@init.lua
run main.lua x
expect "LUA_INIT=@FILE" 0 "init	x
main	x" ''
run -E main.lua
expect "-E ignores LUA_INIT" 0 main ''
run -e 'print(1)' -E
expect "-E anywhere" 0 1 ''
export LUA_INIT='error "bad init"'
run main.lua
expect "an error in LUA_INIT ends the run" 1 '' '^sssrun: LUA_INIT:1: bad init'
export LUA_INIT=@nosuch.lua
run main.lua
expect "LUA_INIT with a file that is not there" 1 '' '^sssrun: cannot open nosuch.lua: '
unset LUA_INIT

mkdir lib
echo 'return "found"' >lib/far.lua
export LUA_PATH="$work/lib/?.lua;;" LUA_CPATH="$work/c/?.so"
run -e 'print(require "far", package.cpath == os.getenv "LUA_CPATH")'
expect "LUA_PATH and LUA_CPATH" 0 "found	true" ''
run -e 'print(package.path:find("./?.lua", 1, true) ~= nil)'
expect ";; in LUA_PATH stands for the default" 0 true ''
run -E -e 'print(pcall(require, "far") == false, package.cpath == os.getenv "LUA_CPATH")'
expect "-E ignores LUA_PATH and LUA_CPATH" 0 "true	false" ''
unset LUA_PATH LUA_CPATH

echo 'print("dash", ...)' >-x.lua
run -- -x.lua a
expect "-- ends the options" 0 "dash	a" ''
run -e 'print(1)' --
expect "-- at the end" 0 1 ''
run -e 'print(1)' main.lua -e
expect "what follows the script is the script's" 0 "1
main	-e" ''
finish
