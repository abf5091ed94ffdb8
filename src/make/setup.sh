#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs the Debian packages that the build and the tests need, where they are missing.
set -eu

# gcc, libc6-dev      every build
# linux-libc-dev      the kernel's headers, for both builds
# xz-utils            unpacks archives
# check, pkgconf      the unit tests
# skopeo, umoci       the tests of container images
# mandoc              the check of the manual page
# gnupg, bzip2        the test of how archives are fetched
packages='gcc libc6-dev linux-libc-dev xz-utils check pkgconf skopeo umoci mandoc gnupg bzip2'

# For the other architecture (make runtimes, make check): its compiler, its kernel's headers, and
# what runs its programs. A system without them still builds ./sssrun.
case $(uname -m) in
x86_64) other='gcc-aarch64-linux-gnu linux-libc-dev-arm64-cross qemu-user-static' ;;
aarch64) other='gcc-x86-64-linux-gnu linux-libc-dev-amd64-cross qemu-user-static' ;;
*) other= ;;
esac

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

install() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
}

# The lists are words, split at blanks on purpose.
# shellcheck disable=SC2046,SC2086
needed=$(echo $(missing $packages)) wanted=$(echo $(missing $other))
if [ -z "$needed$wanted" ]; then
    echo "setup: everything is installed"
    exit 0
fi
command -v apt-get >/dev/null || fail "missing: $needed $wanted" \
    "there is no apt-get here; install these (or what your system calls them) by other means"
as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "this needs root, and there is no sudo; as root, run:" \
        "    apt-get update && apt-get install -y --no-install-recommends $needed $wanted"
    as_root=sudo
fi
echo "setup: installing $needed $wanted"
$as_root apt-get -q update
# shellcheck disable=SC2086
if install $needed $wanted; then
    echo "setup: done"
    exit 0
fi
[ -n "$wanted" ] || fail "apt-get could not install them"
# shellcheck disable=SC2086
[ -z "$needed" ] || install $needed || fail "apt-get could not install $needed"
echo "setup: done, but for $wanted: make runtimes and make check do not work without them"
