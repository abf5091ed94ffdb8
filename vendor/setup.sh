#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs the Debian packages that the build and the tests need, where they are missing.
set -eu

# gcc, libc6-dev      the native build, and what musl's compiler wrapper calls
# linux-libc-dev      the kernel's headers, for both builds
# musl-tools          the static build: musl-gcc and musl itself
# xz-utils            unpacks LuaJIT's archive
# check, pkgconf      the unit tests
# skopeo, umoci       the tests of container images
# mandoc              the check of the manual page
packages='gcc libc6-dev linux-libc-dev musl-tools xz-utils check pkgconf skopeo umoci mandoc'

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

missing() {
    for package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            printf '%s\n' "$package"
    done
}

# The list is words, split at blanks on purpose.
# shellcheck disable=SC2046,SC2086
set -- $(missing $packages)
if [ $# -eq 0 ]; then
    echo "setup: everything is installed"
    exit 0
fi
command -v apt-get >/dev/null || fail "missing: $*" \
    "there is no apt-get here; install these (or what your system calls them) by other means"
as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "this needs root, and there is no sudo; as root, run:" \
        "    apt-get update && apt-get install -y --no-install-recommends $*"
    as_root=sudo
fi
echo "setup: installing $*"
$as_root apt-get -q update
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
echo "setup: done"
