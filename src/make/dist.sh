#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Writes the source archives of the last commit, the same bytes each time: dist.sh VERSION SOURCE...
#
#   build/sssrun-VERSION.tar.gz       what the repository holds
#   build/sssrun-VERSION-full.tar.gz  and what the recipes fetch: it builds without a network
#
# A SOURCE is a file that vendor/fetch.sh wrote. All that is fetched is packed by gzip there, which
# every system has; xz may be missing.
set -eu
name=sssrun-$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Files of git archive have the commit's date, also those that are added.
write() {
    out=build/$1
    shift
    git archive --format=tar "$@" --prefix="$name/" HEAD >"$work/tar"
    gzip -9n <"$work/tar" >"$out.part"
    mv "$out.part" "$out"
}

# repack SOURCE: puts the archive that it names into the work folder, and the SOURCE with it.
repack() {
    file=$(sed -n 's/^file=//p' "$1") sha256=$(sed -n 's/^sha256=//p' "$1")
    packed=$work/$(basename "$file")
    case $file in
    *.gz) cp "$file" "$packed" ;;
    *)
        packed=${packed%.*}.gz
        case $file in
        *.xz) xz -dc "$file" ;;
        *.bz2) bzip2 -dc "$file" ;;
        *) echo "dist: how is $file packed?" >&2 && return 1 ;;
        esac >"$work/tar"
        gzip -9n <"$work/tar" >"$packed"
        ;;
    esac
    {
        echo "file=build/vendor/$(basename "$packed")"
        grep -E '^(version|pinned)=' "$1"
        echo "sha256=$(sha256sum <"$packed" | cut -d ' ' -f 1)"
        [ "$packed" = "$work/$(basename "$file")" ] || echo "repacked=$sha256"
    } >"$work/$(basename "$1")"
}

added=
for source; do
    repack "$source"
    added="$added --add-file=$work/$(basename "$source") --add-file=$packed"
done
write "$name.tar.gz"
# The names have no blanks.
# shellcheck disable=SC2086
write "$name-full.tar.gz" --prefix="$name/build/vendor/" $added
