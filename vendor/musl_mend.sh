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

# Lines of several processes in one pipe were torn behind 1,024 bytes: a FILE that is written line by
# line has room for as many bytes as write(2) keeps together (PIPE_BUF).
sed -i 's/^#define BUFSIZ 1024$/#define BUFSIZ 4096/' "$1/include/stdio.h"
grep -qF '#define BUFSIZ 4096' "$1/include/stdio.h"

# strerror(3): the texts that are known from everywhere else, for io.open as for sss; "No file
# descriptors available" was "Too many open files", "Not a tty" an "Inappropriate ioctl for device".
texts=$src/errno/__strerror.h
sed '/^E(0,/q' "$texts" >"$texts.part"
sed -n 's/^ *ROW(\(E[A-Z0-9]*\), \(".*"\)),$/E(\1, \2)/p' src/base/error.c >>"$texts.part"
[ "$(grep -c '^E(' "$texts.part")" -gt 130 ]
mv "$texts.part" "$texts"

# A FILE that is read but not written, or the other way round, failed with whatever errno was.
for file in __towrite __toread; do
    sed -i 's/^\tif (f->flags & F_NO\(WR\|RD\)) {/&\n\t\terrno = EBADF;/
        1s/^/#include <errno.h>\n/' "$src/stdio/$file.c"
    grep -qF 'errno = EBADF;' "$src/stdio/$file.c"
done

# io.open(name, "") opened.
for file in fopen __fdopen; do
    sed -i 's/if (!strchr("rwa", \*mode)) {/if (!*mode || !strchr("rwa", *mode)) {/' "$src/stdio/$file.c"
    grep -qF 'if (!*mode || ' "$src/stdio/$file.c"
done

# os.setlocale took any name there may be, and nothing changed. It gives nil for a locale that is not
# there, which are all but "C" in a program without files, as the Lua manual says.
sed -i '/^const struct __locale_map \*__get_locale(/,/^}/ {
    /If no locale definition was found, make a locale map/,/application level. \*\//d
    s/^\tif (!new && (new = malloc(sizeof \*new))) {/\tif (!new)\n\t\treturn LOC_MAP_FAILED;\n\n&/
}' "$src/locale/locale_map.c"
sed -i '/^\t\treturn LOC_MAP_FAILED;/,/^\t}/ { /^\tif (!new && (new/,/^\t}/d }' "$src/locale/locale_map.c"
grep -qF 'return LOC_MAP_FAILED;' "$src/locale/locale_map.c"
