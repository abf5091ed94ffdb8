#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Lists the public names of a static libc, one SYMBOL(name) a line, in strcmp order:
# libc_symbols.sh NM LIBC.A >ffi_symbols_table.h
#
# Left out: names with two underscores in front, which are the library's own, except those that
# headers or other compilers' headers make a program call; the start-up code (_init, _fini); the
# dynamic loader (dlopen ...), which the static program defines itself; and iconv, whose tables of
# character sets would be a tenth of the program (157 KB).
set -eu

[ -f "$2" ] || { echo "libc_symbols: there is no $2; run make setup" >&2; exit 1; }

own='__(errno_location|h_errno_location|environ|xpg_basename|xpg_strerror_r|isoc99_[a-z]+)'
stdio_ext='__(fbufsize|flbf|fpending|fpurge|freadable|freading|fsetlocking|fwritable|fwriting)'

echo '// Made by src/make/libc_symbols.sh from the static libc. Sorted by strcmp.'
"$1" -g --defined-only "$2" 2>/dev/null |
    awk 'NF == 3 && $2 ~ /^[TWDBRV]$/ && $3 ~ /^[A-Za-z_][A-Za-z0-9_]*$/ { print $3 }' |
    grep -E "^($own|$stdio_ext|[^_].*|_[^_].*)\$" |
    grep -Ev '^(_init|_fini|_start.*|_dlstart.*|dl(addr|close|error|info|open|sym|vsym))$' |
    grep -Ev '^iconv(_open|_close)?$' |
    LC_ALL=C sort -u |
    sed 's/.*/SYMBOL(&)/'
