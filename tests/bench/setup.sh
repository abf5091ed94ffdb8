#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs the peers of the benchmark, and strace, where they are missing: Debian's packages.
set -eu

# golang-go nodejs python3             peers with their own languages
# luajit lua-luv lua-cqueues lua-copas peers that are Lua libraries
# strace                               tests/bench/syscalls
want='golang-go nodejs python3 luajit lua-luv lua-cqueues lua-copas strace'

missing=
for package in $want; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
        missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "bench-setup: everything is installed"
    exit 0
fi
command -v apt-get >/dev/null || {
    echo "bench-setup: there is no apt-get here; missing:$missing" >&2
    exit 1
}
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
command -v ${as_root:-true} >/dev/null || {
    echo "bench-setup: this needs root, and there is no sudo; missing:$missing" >&2
    exit 1
}
echo "bench-setup: installing$missing"
$as_root apt-get -q update
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing
echo "bench-setup: done"
