#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Mends faults of musl, unpacked in FOLDER: musl_mend.sh FOLDER
#
# Each mend says what a script sees without it, and ends with an error where the source is not as
# expected.
set -eu
[ -f "$1/COPYRIGHT" ] || { echo "musl_mend: $1 holds no musl" >&2; exit 1; }
src=$1/src

# TZ=EST5EDT had no daylight saving time. POSIX leaves open when it is where no rule is given; all
# others take that of the United States.
sed -i "/^static void do_tzset/,/^}/ {
    s/^\tif (\*s == ',') s++, getrule(&s, r0);/\tif (__daylight \&\& *s != ',') s = \",M3.2.0,M11.1.0\";\n&/
}" "$src/time/__tz.c"
grep -qF "if (__daylight && *s != ',') s = " "$src/time/__tz.c"

# What io.write had written to a terminal was not there when io.read waited for the answer. The
# program is told before a FILE asks the system for input: src/host/output.c.
sed -i 's/^size_t __stdio_read(.*/void output_before_read(int) __attribute__((__weak__));\n\n&/
    s/^\tcnt = iov\[0\].iov_len ? syscall(SYS_readv.*/\tif (output_before_read) output_before_read(f->fd);\n&/' \
    "$src/stdio/__stdio_read.c"
grep -qF 'if (output_before_read) output_before_read(f->fd);' "$src/stdio/__stdio_read.c"
grep -qF 'void output_before_read(int)' "$src/stdio/__stdio_read.c"
