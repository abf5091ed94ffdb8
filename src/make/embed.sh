#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Writes the C file that puts files into the program: embed.sh NAME=FILE... >embedded.c
#
# With LUAJIT (the program) and BYTECODE (a folder) in the environment, Lua files become bytecode in
# that folder: stripped, and the same bytes wherever it is made. lua/meta/ stays text, which is read.
#
# It defines embedded_files (sorted by name) and embedded_count of src/script/embedded.h. The
# assembler reads the files, so their paths must be good where the compiler runs.
set -eu

# Reads and writes lines NAME=FILE.
compile() {
    while IFS='=' read -r name file; do
        case $name in
        lua/meta/*) ;;
        *.lua)
            mkdir -p "$(dirname "$BYTECODE/$name")"
            "$LUAJIT" -b -s -d -t raw "$file" "$BYTECODE/$name" >&2
            file=$BYTECODE/$name
            ;;
        esac
        printf '%s=%s\n' "$name" "$file"
    done
}

files=$(printf '%s\n' "$@")
if [ -n "${BYTECODE:-}" ]; then
    files=$(printf '%s\n' "$files" | compile)
fi

cat <<'END'
// Made by src/make/embed.sh.
#include "script/embedded.h"

#define FILE_DATA(label, path)                                                                     \
    __asm__(".section .rodata\n" label ":\n.incbin \"" path "\"\n.byte 0\n.text\n")

END
printf '%s\n' "$files" | LC_ALL=C sort -t= -k1,1 | {
    table='' count=0
    while IFS='=' read -r name file; do
        size=$(wc -c <"$file")
        printf 'extern const char file_%d[];\nFILE_DATA("file_%d", "%s");\n' $count $count "$file"
        table="$table    {\"$name\", file_$count, $((size))},
"
        count=$((count + 1))
    done
    printf '\nconst struct embedded embedded_files[] = {\n%s};\n' "$table"
    printf 'const size_t embedded_count = %d;\n' $count
}
