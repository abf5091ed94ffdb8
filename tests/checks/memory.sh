#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Errors that unwind the C stack, in the program: through C functions, out of memory, and out of
# memory inside compiled code, where a pcall that is compiled too catches it only when libgcc's
# unwinder finds every table.
#
# memory.sh PROGRAM
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"
program=${1:-./sssrun}
limit=400000 # KiB of address space

# qemu-user lives in the same address space: it takes what it will need itself at its start.
if [ "$(basename "$(dirname "$program")")" = emulated ]; then
    limit=1200000
    export MALLOC_TOP_PAD_=100000000 G_SLICE=always-malloc
fi

# holds NAME SCRIPT: the script must print "yes" and nothing else.
holds() {
    # shellcheck disable=SC3045
    said=$(ulimit -v $limit && timeout 200 "$program" - 2>&1 <<END
$2
END
    )
    status=$?
    if [ "$status" -eq 0 ] && [ "$said" = yes ]; then
        result "$1" ''
    else
        result "$1" "status $status, said: $said"
    fi
}

holds "an error without a value" 'print(select("#", pcall(error)) == 2 and "yes")'
holds "an error of a C function" 'print(pcall(string.rep) == false and "yes")'
holds "an error through a C function" '
print(select(2, pcall(table.sort, {2, 1, 3}, function() error("here", 0) end)) == "here" and "yes")'
holds "an error through gsub in a coroutine" '
local co = coroutine.create(function() string.gsub("a", "a", function() error("here", 0) end) end)
print(select(2, coroutine.resume(co)) == "here" and "yes")'
holds "an endless recursion" '
local function down() return 1 + down() end
print(select(2, pcall(down)):find("stack overflow") and "yes")'
holds "a string that is too long" '
local s = string.rep("x", 2^20)
print(select(2, pcall(string.rep, s, 2000)) == "not enough memory" and "yes")'
holds "out of memory in compiled code" '
local traces = 0
jit.attach(function(what) if what == "stop" then traces = traces + 1 end end, "trace")
local function fill()
    local all -- a chain: no table that grows, which would be done outside compiled code
    for i = 1, 1e9 do all = {all, i} end
end
local ok, message = pcall(fill)
collectgarbage()
local again = pcall(fill)
print(traces > 0 and not ok and message == "not enough memory" and not again and "yes")'
holds "out of memory in a compiled pcall" '
local chain, failures = nil, 0
local function more() chain = {chain, {}} end
for i = 1, 1e9 do
    if not pcall(more) then
        chain = nil
        failures = failures + 1
        if failures == 3 then break end
    end
end
print(failures == 3 and "yes")'
finish
