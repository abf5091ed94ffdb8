#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Measures the C files against the house's style (src/README.md): functions and files that can be read at
# one go, folders with few rooms, and one way to write what comes up everywhere.
#
# style.sh [FOLDER]: FOLDER holds src/; without it, the current one.
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"
style=$(cd "$(dirname "$0")" && pwd)/style.awk
cd "${1:-.}" || exit 2

# Exceptions. A name or a file is allowed to be more than its limit; the reason stands beside it.
long_files=
many_parameters='
receive             the signature is c-ares'\''
send_bytes          the signature is c-ares'\'''

# unlisted LIST: the lines of the input whose first word does not begin a line of LIST; and the lines of
# LIST that are needed no more.
unlisted() {
    awk -v list="$1" '
        BEGIN {
            n = split(list, lines, "\n")
            for (i = 1; i <= n; i++)
                if (split(lines[i], words, " ")) listed[words[1]] = 1
        }
        !($1 in listed)
        { seen[$1] = 1 }
        END { for (word in listed) if (!(word in seen)) print word " is no exception any more" }'
}

functions=$(awk -f "$style" src/*/*.[ch])

# How many lines the functions have: half of them at most, nine tenths, all.
lengths() {
    echo "$functions" | sort -n | awk '
        { length_of[NR] = $1 }
        END { print length_of[int((NR + 1) / 2)], length_of[int(NR * 0.9)], length_of[NR] }'
}

# The rooms of a folder: its files without their endings.
crowded() {
    for folder in src/*/; do
        rooms=$(ls "$folder" | sed -n 's/\.[ch]$//p' | sort -u | wc -l)
        [ "$rooms" -le 16 ] || echo "$folder: $rooms rooms"
    done
}

# Lines with two spaces in front, outside of long strings.
indented_by_two() {
    awk '
        FNR == 1 { close_at = "" }
        close_at == "" && /^  [^ ]/ { print FILENAME ":" FNR ": " $0 }
        close_at == "" && match($0, /\[=*\[/) {
            close_at = substr($0, RSTART, RLENGTH)
            gsub(/\[/, "]", close_at)
        }
        close_at != "" && index($0, close_at) { close_at = "" }' "$@"
}

lengths=$(lengths)
echo "note $(echo "$functions" | wc -l) functions; lines of half of them, nine tenths, all, at most: $lengths"
result "the functions were found" "$(echo "$functions" | awk 'END { if (NR < 100) print NR }')"
result "half of the functions have at most 9 lines, nine tenths at most 18" \
    "$(echo "$lengths" | awk '$1 > 9 || $2 > 18')"
result "a function has at most 40 lines" \
    "$(echo "$functions" | awk '$1 > 40 { print $3 ": " $4 " has " $1 " lines" }')"
result "a function of the tests has at most 40 lines, too" "$(awk -f "$style" tests/*/*.[ch] |
    awk '$1 > 40 { print $3 " has " $1 " lines" }')"
result "a function has at most five parameters" "$(echo "$functions" |
    awk '$2 > 5 { print $4 " has " $2 " parameters: " $3 }' | unlisted "$many_parameters")"
result "a file has at most 450 lines" "$(wc -l src/*/*.[ch] |
    awk '$2 != "total" && $1 > 450 { print $2 " has " $1 " lines" }' | unlisted "$long_files")"
result "a folder has at most 16 rooms" "$(crowded)"
result "a pointer is tested as p or !p" "$(sed -s 's|//.*||' src/*/*.[ch] tests/*/*.[ch] | grep -E '[!=]= ?NULL|NULL [!=]=')"
# 0 or a negative error number; what counts as well is named for what it counts, or r.
result "an error number is called error" "$(grep -nE '\<(int|ssize_t|int64_t) (e|err|rc|ret|rv)\>' src/*/*.[ch])"
# A ruler that is drawn any other way: a comment that begins or ends in a row of signs.
result "a section begins with // ---- title" "$(grep -nE '^ *(//|/\*) ?[-=*#~_]{3,}|[-=*#~_]{3,} *(\*/)?$' \
    src/*/*.[ch] | grep -vE ':// ---- [^ -].*[^-]$')"
# shellcheck disable=SC2046
result "Lua is indented by four spaces" "$(indented_by_two $(find lua tests -name '*.lua'))"
finish
