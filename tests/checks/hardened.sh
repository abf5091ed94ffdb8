#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Are built programs without memory that is writable and executable, and with the protections that the
# README tells of? hardened.sh PROGRAM... (of any processor, but the first runs here)
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"

segments() {
    readelf -lW "$1" | awk '$1 ~ /^(LOAD|GNU_STACK|TLS|DYNAMIC|INTERP)$/'
}

# The flags stand before the last column, the alignment; "R E" are two words.
flags() {
    awk -v kind="$1" '$1 == kind { out = ""; for (i = 7; i < NF; i++) out = out $i; print out }'
}

for program; do
    name=$(basename "$(dirname "$program")")/$(basename "$program")
    segments=$(segments "$program")
    result "$name: it has segments" "$([ -n "$segments" ] || echo "readelf shows none")"
    result "$name: none is writable and executable" "$(echo "$segments" | flags LOAD | grep 'W.*E')"
    result "$name: some are executable, some writable" "$(echo "$segments" | flags LOAD | sort -u |
        tr '\n' ' ' | grep -vx 'R RE RW ')"
    result "$name: the stack is not executable" "$(echo "$segments" | flags GNU_STACK | grep -vx RW
        echo "$segments" | grep -q GNU_STACK || echo 'there is no GNU_STACK')"
done

# ---- the code: the static programs are stripped, so their instructions are looked at

# at_least COUNT PATTERN PROGRAM OBJDUMP: what is wrong with that.
at_least() {
    command -v "$4" >/dev/null || { echo "there is no $4" && return; }
    found=$("$4" -d "$3" | grep -Ec "$2")
    [ "$found" -ge "$1" ] || echo "$found of $2"
}

for program; do
    name=$(basename "$(dirname "$program")")/$(basename "$program")
    case $(readelf -hW "$program" | sed -n 's/^ *Machine: *//p') in
    *X86-64*)
        dump=$(command -v x86_64-linux-gnu-objdump || echo objdump)
        result "$name: functions look at the stack protector" \
            "$(at_least 300 '%fs:0x28' "$program" "$dump")"
        result "$name: functions begin with endbr64" "$(at_least 300 endbr64 "$program" "$dump")"
        ;;
    AArch64)
        dump=$(command -v aarch64-linux-gnu-objdump || echo objdump)
        result "$name: return addresses are signed" "$(at_least 300 paciasp "$program" "$dump")"
        ;;
    *) result "$name: its processor" "unknown" ;;
    esac
done

# ---- while it runs: compiled Lua code is writable or executable, never both

maps=$("$1" - <<'EOT' 2>&1
local function work(n)
    local sum = 0
    for i = 1, n do sum = sum + i % 7 end
    return sum
end
for _ = 1, 200 do work(2000) end
local compiled = require("jit.util").traceinfo(1) ~= nil
print(compiled or not jit.status() and "no compiler")
io.write(io.open "/proc/self/maps":read "*a")
EOT
)
result "it compiles" "$(echo "$maps" | head -n 1 | grep -vxE 'true|no compiler')"
result "no memory is writable and executable while it runs" "$(echo "$maps" | grep -E '^[0-9a-f-]+ .wx')"
finish
