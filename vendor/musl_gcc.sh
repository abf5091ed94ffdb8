#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What musl-gcc is for this machine, for another: Debian's cross compiler with the musl that
# vendor/musl.mk unpacked. musl_gcc.sh ARCH [ARGUMENTS OF gcc]
set -eu
arch=$1
shift
command -v "$arch-linux-gnu-gcc" >/dev/null || {
    echo "there is no $arch-linux-gnu-gcc here; make setup installs it where Debian has it" >&2
    exit 1
}
SSSRUN_MUSL=$(cd "$(dirname "$0")/../build/vendor/musl-$arch" && pwd)
export SSSRUN_MUSL
exec "$arch-linux-gnu-gcc" "$@" -specs="$SSSRUN_MUSL/specs" \
    -B "$SSSRUN_MUSL/usr/lib/$arch-linux-musl"
