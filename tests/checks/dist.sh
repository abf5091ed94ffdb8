#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Does the whole source archive of `make dist` build without a network, without apt, with a compiler
# and make, and does it give the same program? Runs in the top folder, with ./sssrun built.
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"

if ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
    echo "ok everything is skipped (this is no repository, of whose last commit it is made)"
    finish
fi
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

alone() {
    env -u MAKEFLAGS -u MAKELEVEL "$@"
}

# ---- the archives

# Two runs, at different times and with another umask.
result "make dist" "$(alone make -s dist >"$work/log" 2>&1 || cat "$work/log")"
name=$(basename build/sssrun-*-full.tar.gz -full.tar.gz)
sums() {
    sha256sum "build/$name.tar.gz" "build/$name-full.tar.gz"
}
sums >"$work/first"
(umask 077 && alone make -s dist >"$work/log" 2>&1)
result "it makes the same bytes again" "$(sums | diff "$work/first" -)"
result "the small archive is what the repository holds" "$(tar -tzf "build/$name.tar.gz" | grep -v '/$' |
    sed "s|^$name/||" | LC_ALL=C sort >"$work/files"
    git ls-tree -r --name-only HEAD | LC_ALL=C sort | diff - "$work/files")"

# ---- a build of the whole one

# What is there but for the network: these, and what the compiler calls.
mkdir "$work/bin" "$work/a folder"
for tool in [ ar as awk basename cat chmod cksum cmp cp cut date dirname echo env expr false find gcc \
    grep gzip head id install ld ln ls make mkdir mktemp mv nm nproc od printf pwd ranlib readlink \
    rm rmdir sed sh sha256sum sort strip tail tar test touch tr true uname uniq wc; do
    path=$(command -v "$tool")
    case $path in /*) ln -s "$path" "$work/bin" ;; *) ln -s "/usr/bin/$tool" "$work/bin" ;; esac
done
for tool in apt-get apt dpkg git curl wget xz pkg-config musl-gcc; do
    [ ! -e "$work/bin/$tool" ] || echo "not ok $tool is there"
done
tar -xzf "build/$name-full.tar.gz" -C "$work/a folder"
isolate=
if unshare -n true 2>/dev/null; then
    isolate='unshare -n'
elif unshare -rn true 2>/dev/null; then
    isolate='unshare -rn'
else
    echo "skip the empty network (unshare is not allowed)"
fi
cd "$work/a folder/$name" || exit 2
# shellcheck disable=SC2086
result "it builds without a network and without apt" "$(alone $isolate env -i PATH="$work/bin" \
    HOME=/nonexistent make >"$work/log" 2>&1 || tail -n 20 "$work/log")"
result "it fetches nothing" "$(grep FETCH "$work/log")"
result "the program runs" "$(./sssrun -e 'print "runs"' 2>&1 | grep -vx runs)"
cd "$OLDPWD" || exit 2
if git diff --quiet HEAD; then
    result "it is the same program, byte for byte" "$(cmp "$work/a folder/$name/sssrun" sssrun 2>&1)"
else
    echo "skip the comparison (there are changes since the last commit)"
fi

# A recipe that is newer than what is there is satisfied by it.
touch "$work/a folder/$name"/vendor/*.mk
# shellcheck disable=SC2086
result "a newer recipe is satisfied by what is there" "$(cd "$work/a folder/$name" &&
    alone $isolate env -i PATH="$work/bin" make -s build/vendor/luajit.source build/vendor/musl.source \
        build/vendor/cares.source build/vendor/lpeg.source 2>&1 | grep -v '^  FETCH ')"
finish
