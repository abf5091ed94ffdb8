#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A C compiler whose programs are static and use the musl in the folder where this file is put (by
# vendor/musl.mk, which also names the compiler): cc [ARGUMENTS OF gcc]
#
# gcc and clang know of the system's C library only. They are told to forget its headers, start files
# and libraries, whatever it is, and are given musl's. The compiler's own headers and libgcc stay.
set -eu
compiler=gcc
musl=${0%/*}/usr

# In this order: musl's headers, then the compiler's own (stddef.h, emmintrin.h).
include() {
    $compiler -print-file-name=include
}

for argument; do
    case $argument in
    -c | -S | -E | -M | -MM | -fsyntax-only)
        exec $compiler -nostdinc -isystem "$musl/include" -isystem "$(include)" "$@"
        ;;
    esac
done

# crtbegin.o and crtend.o of the compiler are left out: they would register all unwind tables at
# every start, which are found by --eh-frame-hdr (src/musl/unwind.c) when they are needed.
exec $compiler -nostdinc -isystem "$musl/include" -isystem "$(include)" -nostdlib -static \
    "$musl/lib/crt1.o" "$musl/lib/crti.o" -L"$musl/lib" "$@" -x none \
    -Wl,--start-group -lgcc -lgcc_eh -lc -Wl,--end-group "$musl/lib/crtn.o"
