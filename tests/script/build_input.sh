# SPDX-License-Identifier: BSD-3-Clause
# sssrun build: wrong options, bad input, and outputs that cannot be written.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/script/lib/cli.sh
. "$here/lib/cli.sh"

echo 'print("hello")' >a.lua

# Wrong usage: usage NAME PATTERN WORDS...
usage() {
    name=$1 pattern=$2
    shift 2
    run build "$@"
    expect "$name" 2 '' "^sssrun: $pattern \(sssrun build --help lists the options\)$"
}
usage "no script" 'build needs a script: sssrun build MAIN'
usage "an unknown option" "unknown option '--frob'" --frob a.lua
usage "an unknown letter" "unknown option '-x'" a.lua -x
usage "standard input is no script" "unknown option '-'" -
usage "an option without its value" "option '-o' needs a value" a.lua -o
usage "an empty value" "option '--runtime' needs a value" --runtime= a.lua
usage "a value that is not wanted" "option '--list' takes no value" --list=1 a.lua
usage "an option twice" "option '-o' is given twice" -o a -ob a.lua
usage "an unknown architecture" "--target takes x86_64 or aarch64, not 'mips'" --target mips a.lua
usage "strip and plain" "--strip and --plain exclude each other" --strip --plain a.lua
for port in 0 65536 100000 x 80/sctp -1 '' 8.0 '80 '; do
    usage "the port '$port'" "option '--expose'(: '$port' is no port to expose:.*| needs a value)" \
        --oci x --expose "$port" a.lua
done
usage "a port without an image" "--expose is for an image: --oci TAR" --expose 80 a.lua
run build --help
same "--help" "0 0 usage: sssrun build [options] MAIN [FILE|FOLDER ...]" \
    "$status $(wc -c <err) $(head -n 1 out)"
cp out help
run build a.lua --list -h
same "-h comes before all else" "0 0" "$status $(cmp out help; wc -c <err)"
run help build
same "help build prints the same" "0 0" "$status $(cmp out help; wc -c <err)"
same "every option is in it" "" "$(for option in -o --target --runtime --strip --plain --list \
    --oci --expose --help; do grep -q -e "  $option\b\|, $option\b" help || echo "$option"; done)"
echo 'print("a script")' >build
run ./build
expect "a script named build is run as ./build" 0 "a script" ''
rm build

# Options in every form.
mkdir out.d
for words in "-o out.d/x a.lua" "-oout.d/x a.lua" "a.lua -o out.d/x" "--strip -o out.d/x -- a.lua" \
    "--runtime=$SSSRUN -o out.d/x a.lua" "--runtime $SSSRUN --plain a.lua -o out.d/x"; do
    # shellcheck disable=SC2086
    run build $words
    same "build $words" "0 0" "$status $(wc -c <err)"
    run out.d/x
    same "and run" "0 hello" "$(out.d/x >out; echo $? "$(cat out)")"
    rm out.d/x
done
mv a.lua -- --a.lua
run build -o y -- --a.lua
same "a script that looks like an option" "0 hello" "$status $(./y)"
mv -- --a.lua a.lua
cp a.lua script
printf '#!/usr/bin/env sssrun\nprint("hello")' >script
run build script -o y
same "a script without extension" "0 hello" "$status $(./y)"
run build a.lua
same "the default output is the name without .lua, here" "0 hello" "$status $(./a)"
(mkdir -p deep/er && cp a.lua deep/er/z.lua && cd out.d && "$SSSRUN" build ../deep/er/z.lua)
same "also for a script elsewhere" hello "$(out.d/z)"
same "nothing else is left" "z" "$(ls -A out.d)"
rm -r out.d a

# The script.
refused() {
    name=$1 pattern=$2
    shift 2
    run build "$@"
    expect "$name" 1 '' "^sssrun: $pattern$"
    [ "$(wc -l <err)" = 1 ] || same "$name: one line" 1 "$(wc -l <err)"
}
refused "a script that is not there" '.*none.lua.*No such file or directory' none.lua
refused "a script without a name" '.*No such file or directory.*' ''
printf 'local x = 1\nx = = 2' >bad.lua
refused "a script that does not compile" "bad.lua:2: unexpected symbol near '='" bad.lua
printf 'local m = \n\n]]' >mod.lua
echo 'require "mod"' >b.lua
refused "a module that does not compile" "mod.lua:3: unexpected symbol near ']'" b.lua
refused "a named script that does not compile" "bad.lua:2: .*" a.lua bad.lua
head -c 5000 "$SSSRUN" >binary
refused "a program is no script" "cannot build binary: it is neither a Lua script nor a MoonScript one" binary
refused "nor is sssrun itself" '.*' "$SSSRUN" -o y
"$SSSRUN" -b a.lua compiled
refused "bytecode" "compiled is compiled already: build needs its source" compiled -o y
mkdir empty
refused "a folder without main.lua or main.moon" "cannot build empty: it is a folder without main.lua or main.moon" -o y empty
mkfifo pipe
refused "a pipe is no script" "pipe is neither a file nor a folder" pipe
refused "a pipe cannot be packed" "pipe cannot be packed: it is neither a file nor a folder" a.lua pipe
mkdir fifo && mkfifo fifo/p
refused "nor in a folder" "fifo/p cannot be packed: .*" a.lua fifo
ln -s nowhere dangling
refused "a link to nothing" '.*dangling.*No such file or directory' a.lua dangling
refused "a file that is not there" '.*nosuch.*No such file or directory' a.lua nosuch
refused "a file without a name" "cannot read : No such file or directory" a.lua ''
refused "a file as if it were a folder" "cannot read bad.lua/: Not a directory" a.lua bad.lua/
echo 'require "a\0b"' >nul.lua
refused "a module with a NUL in its name" "nul.lua:1: module 'a\?b' cannot be packed under this name" nul.lua
refused "an absolute name" "/etc/passwd: an absolute name cannot be packed.*" a.lua /etc/passwd
refused "a name with .." "\.\./x: a name with '\.\.' cannot be packed.*" a.lua ../x
refused "also inside" "empty/\.\./a.lua: a name with '\.\.' .*" a.lua empty/../a.lua
mkdir -p two/x && touch two/x.lua two/x.moon two/x/init.lua x.lua
for files in "two/x.lua two/x.moon" "two/x/init.lua two/x.moon" "two/x.lua two/x" "two"; do
    # shellcheck disable=SC2086
    refused "two modules of one name: $files" "two/x[^ ]* and two/x[^ ]* are both the module 'two.x'" \
        a.lua $files
done
mkdir lib && echo 'return 1' >lib/x.lua
echo 'require "x"' >b.lua
LUA_PATH='lib/?.lua'
export LUA_PATH
refused "two files for one packed name" "x.lua and lib/x.lua would both be packed as x.lua" b.lua x.lua
unset LUA_PATH
ln lib/x.lua lib/y.lua && ln -s x.lua lib/z.lua
run build --list a.lua lib/x.lua ./lib/x.lua lib//x.lua lib
same "a file that is named often is packed once" "0 4" "$status $(grep -c '\.lua' out)"

# The output.
mkdir folder
echo 'print(1)' >folder/main.lua
refused "a folder as output" "folder is a folder: -o OUT names the program" -o folder a.lua
refused "the script's own folder" "folder is a folder: -o OUT names the program" folder
refused "the script itself" "a.lua would be overwritten: -o OUT names the program" -o a.lua a.lua
refused "a script without extension would be overwritten" "script would be overwritten.*" script
refused "a link to what is packed" "lib/x.lua would be overwritten.*" -o lib/z.lua a.lua lib/x.lua
cp "$SSSRUN" keep
refused "the script itself, by an image" "a.lua would be overwritten: --oci TAR names the image" \
    -o new --oci a.lua a.lua
refused "data, by an image" "lib/x.lua would be overwritten.*" -o new --oci lib/z.lua a.lua lib/x.lua
refused "the runtime, by an image" "keep is the runtime.*" --runtime keep --oci keep a.lua
refused "a folder as image" "folder is a folder: --oci TAR names the image" --oci folder a.lua
refused "one name for program and image" "./new would be program and image: -o OUT, --oci TAR" \
    -o new --oci ./new a.lua
same "nothing has been written" "" "$(ls | grep new)"
run build -o new --oci "$PWD/new" a.lua
expect "nor by another way" 1 "$(cat out)" '^sssrun: /.*/new would be program and image'
same "the program stays one" ELF "$(head -c 4 new | tail -c 3)"
rm new
cp "$SSSRUN" own
refused "the runtime" "own is the runtime.*" --runtime own -o own a.lua
refused "a folder that is not there" '.*nowhere/x.*No such file or directory.*' -o nowhere/x a.lua
refused "a file as folder" '.*a.lua/x.*Not a directory.*' -o a.lua/x a.lua
refused "a name with a slash at its end" '.*' -o nowhere/ a.lua
refused "no name at all" "a name for the program is missing: -o OUT" .
refused "a place where nobody may write" '.*/proc/x.*' -o /proc/x a.lua
refused "a device as output" '.*/dev/null.*' -o /dev/null a.lua

# The runtime.
refused "a runtime that is none" '.*a.lua.*' --runtime a.lua -o y a.lua
refused "a runtime that is another program" '.*/bin/sh.*' --runtime /bin/sh -o y a.lua
refused "a runtime that is not there" '.*nosuch.*No such file or directory' --runtime nosuch -o y a.lua
case $(uname -m) in aarch64) own=aarch64 other=x86_64 ;; *) own=x86_64 other=aarch64 ;; esac
refused "a runtime of another architecture" ".* is for $own, not for $other" \
    --runtime "$SSSRUN" --target $other -o y a.lua
"$work/own" build --target $other -o y a.lua >out 2>err
status=$?
expect "a target without runtime" 1 '' \
    "^sssrun: there is no runtime for $other: tried .*/sssrun-$other, .*/lib/sssrun/sssrun-$other; .make runtimes."
cp "$SSSRUN" "sssrun-$other"
"$work/own" build --target $other -o y a.lua >out 2>err
status=$?
expect "a runtime with a wrong name" 1 '' "^sssrun: .*/sssrun-$other is for $own, not for $other$"
"$work/own" build --target $own -o y a.lua >out 2>err
same "this program's own" "0 hello" "$? $(./y)"

# Programs as input.
refused "a finished program as script" 'y is a program that build has made; .*--list y.*' y -o z
run build -o z a.lua y
same "a finished program as data" "0 hello" "$status $(./z)"
run build --list z
same "and it is listed" "0 2" "$status $(grep -Ec '  (a.lua +main|y)$' out)"
cp y w
run build --list w a.lua
expect "nothing is added to a finished program" 1 '' '^sssrun: w is a program that build has made'
run build --list "$SSSRUN"
expect "a bare sssrun has nothing inside" 1 '' '^sssrun: '
head -c 100 /dev/urandom | tr '\000-\011' '\001' >noise
run build --list noise
expect "noise" 1 '' '^sssrun: cannot build noise: it is neither'

# What an earlier build has left in a folder that is packed is not packed itself.
mkdir again && echo 1 >again/data
for _ in 1 2; do "$SSSRUN" build -o again/y --oci again/y.tar a.lua again >out 2>err; done
run build --list again/y
same "an output in a packed folder" "a.lua again/data" "$(awk '/lua|again/ {print $2}' out | xargs)"

# No half file, and what was there before stays.
touch big && truncate -s 3G big 2>/dev/null
ls >before
run build -o new a.lua big
same "too much for one program: status, lines, files" "1 1" "$status $(wc -l <err)"
same "and nothing is left" "" "$(ls | diff before - | grep -v before)"
rm big
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
    mkdir mnt
    head -c 600000 /dev/urandom >data
    unshare -m sh -c 'mount -t tmpfs -o size=512k tmpfs mnt && echo old >mnt/app &&
        timeout 120 "$SSSRUN" build -o mnt/app a.lua data; echo $?; ls -A mnt; cat mnt/app' >out 2>err
    same "a full disk" "1 app old 1" "$(xargs <out) $(wc -l <err)"
    same "with the reason" yes "$(grep -q 'mnt/.*No space left on device' err && echo yes || cat err)"
    unshare -m sh -c 'mount -t tmpfs -o ro tmpfs mnt &&
        timeout 120 "$SSSRUN" build -o mnt/app a.lua; echo $?; ls -A mnt' >out 2>err
    same "a disk that is read-only" "1 1" "$(xargs <out) $(wc -l <err)"
    same "with the reason too" yes "$(grep -q 'mnt/.*Read-only file system' err && echo yes || cat err)"
else
    echo "skip a full disk (only root may mount)"
fi

# A signal leaves nothing, the program that is only wanted inside of the image included.
signals='TERM HUP INT'
if [ "$(df -kP . | awk 'END { print $4 }')" -lt 300000 ]; then
    echo "skip signals while an image is made (the disk has no 300 MB free)"
    signals=
fi
mkdir signal && truncate -s 100M signal/data
for name in $signals; do
    : >err
    "$SSSRUN" build --oci image.tar a.lua signal >out 2>err &
    # Without a pause: the file is there for a moment only.
    until [ -e image.tar.program ] || [ -e image.tar ] || [ -s err ]; do :; done
    kill -$name $!
    wait $! 2>/dev/null
    same "SIG$name while an image is made: nothing is left" "" "$(ls -A | grep -e image -e part)"
    [ "$name $(cat err)" = "INT sssrun: interrupted" ] || same "SIG$name: silent" "" "$(cat err)"
done
rm -r signal

"$SSSRUN" build --list a.lua >/dev/full 2>err
same "a list that cannot be written" 1 $?
finish
