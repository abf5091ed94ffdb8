#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Gets a file of Debian's archive and checks it: fetch.sh VARIABLE SUITE FILE SHA256 OUT
#
# FILE is the archive's name for it: PACKAGE_VERSION_ARCH.deb, or PACKAGE_VERSION.orig.tar.*, the
# upstream sources of a source package. With VARIABLE=PATH in the environment that file is taken.
# Otherwise apt is asked, by a private copy of this machine's own package sources turned into those
# of SUITE; all that apt writes stays beside OUT, and the system's own lists are not touched.
set -eu

variable=$1 suite=$2 file=$3 sha256=$4 out=$5
package=${file%%_*}
version=${file#*_} version=${version%_*}
eval "local_file=\${$variable:-}"
folder=$(dirname "$out")/apt/$package
apt_folder=$(mkdir -p "$folder" && cd "$folder" && pwd)
log=$apt_folder/log

case $file in
*.deb)
    arch=${file##*_} arch=${arch%.deb}
    what="binary package \"$package\" for $arch"
    source="deb [trusted=yes arch=$arch]"
    ;;
*)
    arch=$(dpkg --print-architecture 2>/dev/null || echo none)
    what="source package \"$package\""
    source="deb-src [trusted=yes]"
    ;;
esac

fail() {
    {
        echo "fetch: cannot get $file"
        printf '  %s\n' "$@"
        echo "  Either get online and run make again, or fetch the file elsewhere (it is of the"
        echo "  $what of Debian's suite $suite) and run:"
        echo "      make $variable=/path/to/$file"
    } >&2
    exit 1
}

has_sha256() {
    echo "$sha256  $1" | sha256sum --check --status -
}

from_file() {
    [ -f "$1" ] || fail "$variable=$1 was tried: there is no such file."
    has_sha256 "$1" || fail "$variable=$1 was tried: its sha256 is not the pinned one:" \
        "wanted $sha256" "found  $(sha256sum "$1" | cut -d' ' -f1)"
    cp "$1" "$out.part"
    mv "$out.part" "$out"
}

# Prints the archive addresses of this machine's apt, one a line: those that offer a plain suite
# (not "bookworm-security" and the like) with the component main. Both forms of sources are read.
archives() {
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -f "$list" ] || sed -n 's/#.*//; s/\[[^]]*\]//; /^[[:space:]]*deb[[:space:]]/p' "$list"
    done | awk '$3 !~ /[-\/]/ && /[ \t]main([ \t]|$)/ { print $2 }'
    for list in /etc/apt/sources.list.d/*.sources; do
        [ ! -f "$list" ] || { sed '/^#/d' "$list"; echo; }
    done | awk 'BEGIN { RS = "" } {
        gsub(/\n[ \t]+/, " ")
        n = split($0, lines, "\n"); uris = suites = parts = ""; off = 0
        for (i = 1; i <= n; i++) {
            value = lines[i]; sub(/^[^:]*:[ \t]*/, "", value)
            key = tolower(substr(lines[i], 1, index(lines[i], ":") - 1))
            if (key == "uris") uris = value
            if (key == "suites") suites = value
            if (key == "components") parts = " " value " "
            if (key == "enabled") off = tolower(value) ~ /^(no|false|0)/
        }
        plain = 0; m = split(suites, names, /[ \t]+/)
        for (i = 1; i <= m; i++) if (names[i] !~ /[-\/]/) plain = 1
        if (off || !plain || parts !~ / main /) next
        m = split(uris, names, /[ \t]+/)
        for (i = 1; i <= m; i++) print names[i]
    }'
}

# apt on private folders. The suite may be newer than this system's keys, and an old snapshot's
# lists may have expired; neither matters, since the archive is pinned by its sha256: hence
# trusted=yes and no date check. The "sandbox" user could not write into the build folder.
private_apt() {
    apt-get -q -o Dir::Etc::sourcelist="$apt_folder/sources.list" \
        -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
        -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::Lists="$apt_folder/lists" -o Dir::Cache="$apt_folder/cache" \
        -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root -o Acquire::Languages=none \
        -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"
}

# Asks apt for the file; it is put into the folder where this runs.
download() {
    case $file in
    *.deb) private_apt download "$package:$arch=$version" ;;
    *) private_apt source --download-only --tar-only "$package" ;;
    esac
}

from_archive() {
    rm -rf "$apt_folder/lists" "$apt_folder/cache" "${apt_folder:?}/$package"_*
    mkdir -p "$apt_folder/lists/partial" "$apt_folder/cache/archives/partial"
    echo "$source $1 $suite main" >"$apt_folder/sources.list"
    echo "== $1 $suite" >>"$log"
    private_apt update >>"$log" 2>&1 || return 1
    (cd "$apt_folder" && download) >>"$log" 2>&1 || return 1
    if [ ! -f "$apt_folder/$file" ]; then
        echo "E: it has no $file, but $(cd "$apt_folder" && ls "$package"_*)" >>"$log"
        return 1
    fi
    if ! has_sha256 "$apt_folder/$file"; then
        echo "E: the file has another sha256: $(sha256sum <"$apt_folder/$file")" >>"$log"
        return 1
    fi
    mv "$apt_folder/$file" "$out"
    rm -rf "$apt_folder"
}

from_apt() {
    command -v apt-get >/dev/null || fail "$variable is not set, and there is no apt-get here."
    : >"$log"
    tried=
    for address in $(archives | awk '!seen[$0]++'); do
        case $address in cdrom:*) continue ;; esac
        ! from_archive "$address" || return 0
        tried="$tried $address"
    done
    [ -n "$tried" ] || fail "$variable is not set, and /etc/apt names no Debian archive."
    fail "$variable is not set; apt was asked for it (suite $suite) at:$tried" \
        "its last words (all of them are in ${log#"$PWD/"}):" \
        "$(grep -E '^(E:|W:|==)' "$log" | tail -n 3 | sed '2,$s/^/  /')"
}

if [ -f "$out" ] && has_sha256 "$out"; then
    touch "$out"
elif [ -n "$local_file" ]; then
    from_file "$local_file"
else
    from_apt
fi
