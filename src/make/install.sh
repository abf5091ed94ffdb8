#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs what was built under $DESTDIR$PREFIX: `make install`. Runs in the top folder.
set -eu

root=$DESTDIR$PREFIX
doc=share/doc/sssrun

# put MODE FOLDER FILE...: copies the files into $root/FOLDER.
put() {
    mode=$1 folder=$2
    shift 2
    install -d "$root/$folder"
    install -m "$mode" "$@" "$root/$folder"
}

put 755 bin sssrun
put 644 share/man/man1 src/host/sssrun.1
put 644 share/sssrun lua/meta/sss.lua
put 644 $doc README.md LICENSE
put 644 $doc/examples tests/examples/systemd/echo.lua tests/examples/systemd/echo.socket \
    tests/examples/systemd/echo.service

# The service names the program and the script by their whole paths.
replacement=$(printf '%s\n' "$PREFIX" | sed 's/[&|\\]/\\&/g')
sed "s|/usr/local/|$replacement/|g" tests/examples/systemd/echo.service \
    >"$root/$doc/examples/echo.service"

# The runtimes that `sssrun build --target` takes, where they were made.
for runtime in sssrun-x86_64 sssrun-aarch64; do
    [ ! -e $runtime ] || put 755 lib/sssrun $runtime
done
