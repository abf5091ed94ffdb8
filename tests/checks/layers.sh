#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Reads the #include lines under src/: an include goes down, and some headers have one place only.
#
# layers.sh [FOLDER]: FOLDER holds src/; without it, the current one.
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"
cd "${1:-.}" || exit 2

# Prints "FILE:LINE HEADER" for every include under src/; HEADER keeps its quotes or brackets.
includes() {
    grep -nE '^[[:space:]]*#[[:space:]]*include' src/*/*.[ch] |
        sed -E 's/^([^:]*:[0-9]+):[^"<]*(["<][^">]*[">]).*/\1 \2/'
}

# From the lowest to the highest; a floor may include itself. Ours are the quoted ones.
floors='base musl sys loop dns luax task socket bind pack script host'
steps() {
    includes | grep '"' | tr -d '"' | awk -v floors="$floors" '
        BEGIN {
            n = split(floors, names, " ")
            for (i = 1; i <= n; i++) floor[names[i]] = i
        }
        {
            split($1, from, "/"); split($2, to, "/")
            if (!(from[2] in floor)) print $1 " stands on no floor"
            else if ($2 == "ffi_symbols_table.h") next
            else if (!(to[1] in floor)) print $1 " includes " $2 ", which names no floor"
            else if (floor[to[1]] > floor[from[2]]) print $1 " includes " $2 ", which is above it"
        }'
}

# Prints the includes of our own headers that are written like the system's.
brackets() {
    includes | sed -n 's/<\(.*\)>$/\1/p' | while read -r place header; do
        [ ! -e "src/$header" ] || echo "$place includes <$header>: it is ours and wants quotes"
    done
}

# fence HEADER ALLOWED: both are extended regular expressions; ALLOWED matches "src/...file".
fence() {
    result "fence: $1 only in $2" "$(includes | tr -d '"<>' |
        awk -v header="^($1)\$" -v allowed="^src/($2):" '
        $2 ~ header && $1 !~ allowed { print $1 " includes " $2 }')"
}

result "an include goes down" "$(steps)"
result "our headers are in quotes" "$(brackets)"
fence '(lua|lauxlib|lualib|luajit)[.]h(pp)?' '(luax|task|socket|bind|script|host)/[a-z0-9_]*[.][ch]'
fence '(sys/epoll|linux/io_uring)[.]h|liburing[.]h' 'loop/poller_[a-z0-9_]*[.]c'
fence 'netdb[.]h' 'nowhere'
fence 'ares[a-z_]*[.]h' 'dns/(dns_ares|records)[.]c'
fence 'loop/loop_inner[.]h' 'loop/loop(_turn)?[.]c'
fence 'dlfcn[.]h' 'musl/ffi_symbols[.]c'
fence 'lj_[a-z]*[.]h' 'luax/finalizer[.]c'
# What a signal does is set in one room, which has the list of who wants what.
result "sigaction(2) and signal(2) only in sys/disposition.c" "$(grep -nE \
    '(^|[^a-z_.:])(sigaction|signal)\((number|SIG|[a-z_]+\[)' src/*/*.c | grep -v '^src/sys/disposition[.]c:')"
# A method call on a string would find the functions of the script (src/script/base_functions.h).
result "lua/sss calls string functions by name" "$(grep -nE \
    ':(byte|char|find|format|gmatch|gsub|len|lower|match|rep|reverse|sub|upper)\(' lua/sss/*.lua)"
finish
