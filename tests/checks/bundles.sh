#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Programs for both architectures, built on both: the same bytes, and they run.
#
# bundles.sh PROGRAM EMULATED (tests/checks/emulated.c)
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"
program=$(realpath "$1") emulated=$(realpath "$2")
other=$(dirname "$(dirname "$emulated")")/sssrun
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/main/data" "$work/run"
cd "$work/main" || exit 2

echo 'greeting from the data' >data/text
echo 'return {arch = jit.arch}' >part.lua
cat >main.lua <<'LUA'
local sss = require "sss"
local part = require "part"
local word = ...
local server = sss.serve("127.0.0.1:0", function(client)
    for line in client:lines "L" do client:send { part.arch, " ", word, " ", line } end
end)
local sock = sss.connect(server:address())
sock:send(sss.asset "data/text")
io.write(sock:receive "L")
os.exit(tonumber(word), true)
LUA

# build NAME BUILDER RUNTIME: what it says, when it fails.
build() {
    said=$("$2" build -o "$work/run/$1" --runtime "$3" main.lua data 2>&1) || echo "failed: $said"
}

# echoes ARCH COMMAND...: it must say so, and end with status 5.
echoes() {
    said=$(cd "$work/run" && arch=$1 && shift && timeout 200 "$@" 5 2>&1) && status=0 || status=$?
    [ "$status $said" = "5 $1 5 greeting from the data" ] || echo "status $status, said: $said"
}

case $(uname -m) in x86_64) here=x64 there=arm64 ;; *) here=arm64 there=x64 ;; esac
emulator=qemu-$([ $there = arm64 ] && echo aarch64 || echo x86_64)-static
result "for here, built here" "$(build here "$program" "$program")"
result "for here, built there" "$(build here2 "$emulated" "$program")"
result "for there, built here" "$(build there "$program" "$other")"
result "for there, built there" "$(build there2 "$emulated" "$other")"
result "equal to the byte, for here" "$(cmp "$work/run/here" "$work/run/here2" 2>&1)"
result "equal to the byte, for there" "$(cmp "$work/run/there" "$work/run/there2" 2>&1)"
result "it runs here" "$(echoes $here ./here2)"
result "it runs there" "$(echoes $there "$emulator" ./there)"
finish
