#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Gets the upstream archive of a Debian source package: fetch.sh VARIABLE PACKAGE SERIES OUT PIN...
#
# A PIN is SUITE/VERSION/SHA256: a version that was looked at, in a suite that has it. They are tried
# in turn, at each of this machine's archives. What counts is the sha256: another revision of the
# package with the same archive serves as well. Where all pins are gone, since the suites have moved
# on, the newest version whose number begins with SERIES is taken of the suites of the pins, and of
# those that stand there alone (a PIN that is only SUITE), if the archive's own signature vouches
# for it; with STRICT=1 in the environment that is refused. VARIABLE=PATH in the environment is a
# local file with one of the sha256.
#
# The archive gets its own name beside OUT. OUT says which it is, in lines KEY=VALUE: file, version,
# sha256, pinned (yes or no). apt works on private copies of this machine's package sources; all that
# it writes stays beside OUT, the system's own lists are not touched, and root is not needed.
set -eu

variable=$1 package=$2 series=$3 out=$4
shift 4
pins=$*
eval "local_file=\${$variable:-}"
vendor=$(dirname "$out")
folder=$vendor/apt/$package
log=$folder/log

# ---- what is said

fail() {
    {
        echo "fetch: cannot get the sources of $package"
        printf '  %s\n' "$@"
        echo "  Either get online and run make again, or fetch the file elsewhere and run"
        echo "      make $variable=/path/to/the/file"
        echo "  It is the upstream archive (not the .debian.tar, not the .dsc) of the source package"
        echo "  \"$package\", of one of these versions, with this sha256:"
        for pin in $pins; do
            case $pin in */*) echo "      $pin" | sed 's,^\( *[^/]*\)/\(.*\)/,\1 \2 ,' ;; esac
        done
    } >&2
    exit 1
}

# Anything that is written may not fit.
cannot_write() {
    fail "the file system of $vendor takes no more: $(df -P "$vendor" 2>/dev/null |
        awk 'NR == 2 { print $4 " KiB are free on " $6 }')" "${@}"
}

# Adds a line to what has been tried; `fail` shows it.
note() {
    printf '%s\n' "$*" >>"$folder/tried" || cannot_write
}

tried() {
    sed '1!s/^/  /' "$folder/tried"
}

# ---- pins

pin_suite() { echo "${1%%/*}"; }
pin_sha256() { case $1 in */*) echo "${1##*/}" ;; esac; }
pin_version() { version=${1#*/} && echo "${version%/*}"; }

sha256_of() {
    sha256sum <"$1" | cut -d ' ' -f 1
}

# Is there a pin with this sha256?
is_pinned() {
    for pin in $pins; do
        [ "$(pin_sha256 "$pin")" != "$1" ] || return 0
    done
    return 1
}

# done_with FILE VERSION PINNED: writes OUT. The version is upstream's: without epoch and revision.
done_with() {
    version=${2#*:}
    printf 'file=%s\nversion=%s\nsha256=%s\npinned=%s\n' "$1" "${version%-*}" \
        "$(sha256_of "$1")" "$3" >"$out.part" || { rm -f "$out.part" && cannot_write; }
    mv "$out.part" "$out"
    rm -rf "$folder"
    exit 0
}

# ---- files that are here

# field KEY: what OUT says of an earlier run.
field() {
    [ ! -f "$out" ] || sed -n "s/^$1=//p" "$out"
}

# Is FILE the one that OUT names?
is_whole() {
    [ -f "$1" ] && [ "$(sha256_of "$1")" = "$(field sha256)" ]
}

# Is the pinned file there, of an earlier run or from `make dist`, which may have packed it anew?
from_earlier() {
    file=$(field file) pinned=$(field repacked)
    if [ -n "$pinned" ] && [ "$pinned" = "$(pin_sha256 "$1")" ] && is_whole "$file"; then
        touch "$out"
        rm -rf "$folder"
        exit 0
    fi
    for file in "$vendor/${package}_"*.tar.*; do
        [ -f "$file" ] || continue
        [ "$(sha256_of "$file")" != "$(pin_sha256 "$1")" ] ||
            done_with "$file" "$(pin_version "$1")" yes
    done
}

# The newest of an earlier run serves again when there is nothing better.
from_last_time() {
    [ -z "${STRICT:-}" ] && is_whole "$(field file)" || return 0
    tell_unpinned "$(field version)" "which is here"
    touch "$out"
    rm -rf "$folder"
    exit 0
}

from_file() {
    [ -f "$local_file" ] || fail "$variable=$local_file was tried: there is no such file."
    [ -r "$local_file" ] || fail "$variable=$local_file was tried: it cannot be read."
    sha256=$(sha256_of "$local_file")
    is_pinned "$sha256" || fail "$variable=$local_file was tried: its sha256 is none of the pinned ones:" \
        "found $sha256, in $(wc -c <"$local_file") bytes"
    for pin in $pins; do
        [ "$(pin_sha256 "$pin")" = "$sha256" ] || continue
        version=$(pin_version "$pin")
        upstream=${version#*:}
        case $local_file in
        *.tar.*) file=$vendor/${package}_${upstream%-*}.orig.tar.${local_file##*.} ;;
        *) file=$vendor/${package}_${upstream%-*}.orig.tar.archive ;;
        esac
        { cp "$local_file" "$file.part" && mv "$file.part" "$file"; } ||
            { rm -f "$file.part" && cannot_write "$variable=$local_file was tried."; }
        done_with "$file" "$version" yes
    done
}

# ---- the archives of this machine

# Writes a file for each archive of this machine's apt into $folder/archives, with what a source in
# apt's newer form says of it: its address, and the key that its signature is made with. Only those
# count that offer a plain suite (not "bookworm-security" and the like) with the component main.
# Both forms of sources are read.
find_archives() {
    # What it prints assigns both.
    list=/etc/apt/sources.list parts=/etc/apt/sources.list.d
    eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d 2>/dev/null)"
    for file in "$list" "${parts%/}"/*.list; do
        [ ! -f "$file" ] || { cat "$file" && echo; }
    done | from_lines
    for file in "${parts%/}"/*.sources; do
        [ ! -f "$file" ] || { sed '/^#/d' "$file" && echo; }
    done | from_stanzas
}

# Both tell awk where to write; a name that begins with a number keeps their order.
from_lines() {
    awk -v folder="$folder/archives" '
        { sub(/#.*/, ""); sub(/\[ */, "["); key = trusted = "" }
        $1 != "deb" && $1 != "deb-src" { next }
        match($0, /\[[^]]*\]/) {
            n = split(substr($0, RSTART + 1, RLENGTH - 2), options, /[ \t]+/)
            $0 = substr($0, 1, RSTART - 1) " " substr($0, RSTART + RLENGTH)
            for (i = 1; i <= n; i++) {
                value = options[i]; sub(/^[^=]*=/, "", value)
                if (tolower(options[i]) ~ /^signed-by=/) key = "Signed-By: " value "\n"
                if (tolower(options[i]) ~ /^trusted=yes/) trusted = "Trusted: yes\n"
            }
            gsub(/,/, " ", key)
        }
        $2 ~ /^cdrom:/ || $3 ~ /[-\/]/ || !/[ \t]main([ \t]|$)/ || seen[$2]++ { next }
        { printf "URIs: %s\n%s%s", $2, key, trusted >sprintf("%s/1%04d", folder, ++count) }'
}

from_stanzas() {
    awk -v folder="$folder/archives" 'BEGIN { RS = "" } {
        n = split($0, lines, "\n"); uris = suites = parts = key = trusted = field = ""; off = 0
        for (i = 1; i <= n; i++) {
            value = lines[i]
            if (value !~ /^[ \t]/) {
                field = tolower(substr(value, 1, index(value, ":") - 1)); sub(/^[^:]*:[ \t]*/, "", value)
                if (field == "signed-by") key = "Signed-By: " value "\n"
            } else if (field == "signed-by") { key = key value "\n"; continue }
            if (field == "uris") uris = uris " " value
            if (field == "suites") suites = suites " " value
            if (field == "components") parts = parts " " value " "
            if (field == "enabled") off = tolower(value) ~ /^(no|false|0)/
            if (field == "trusted" && tolower(value) ~ /^(yes|true|1)/) trusted = "Trusted: yes\n"
        }
        plain = 0; m = split(suites, names, /[ \t]+/)
        for (i = 1; i <= m; i++) if (names[i] != "" && names[i] !~ /[-\/]/) plain = 1
        if (off || !plain || parts !~ /[ \t]main[ \t]/) next
        m = split(uris, names, /[ \t]+/)
        for (i = 1; i <= m; i++) if (names[i] != "" && names[i] !~ /^cdrom:/ && !seen[names[i]]++)
            printf "URIs: %s\n%s%s", names[i], key, trusted >sprintf("%s/2%04d", folder, ++count)
    }'
}

archive_address() {
    sed -n 's/^URIs: //p' "$1"
}

# ---- apt

# apt_tool TOOL ARGUMENTS: apt on private folders. The "sandbox" user could not write into them.
apt_tool() {
    tool=$1
    shift
    "$tool" -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$private/parts" \
        -o Dir::State::Lists="$private/lists" -o Dir::Cache="$private/cache" \
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=2 \
        -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 \
        -o APT::Get::AllowUnauthenticated=false \
        -o Acquire::AllowInsecureRepositories=false -o Acquire::AllowWeakRepositories=false \
        -o Acquire::AllowDowngradeToInsecureRepositories=false \
        -o Acquire::Check-Valid-Until="$check_dates" "$@"
}

# The last errors in the log, in one line.
last_words() {
    grep -E '^(E|Err|W):' "$log" | tail -n 2 | tr '\n' ' ' | cut -c 1-400
}

# read_lists TRUSTED SUITES ARCHIVE...: makes apt read the lists of these suites at these archives.
# TRUSTED is what is said of them beside their key.
read_lists() {
    trusted=$1 suites=$2
    shift 2
    rm -rf "$folder/lists" "$folder/cache" "$folder/parts"
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/parts" || cannot_write
    for archive; do
        { printf 'Types: deb-src\nSuites: %s\nComponents: main\n' "$suites" && cat "$archive" &&
            printf '%s\n' "$trusted"; } >"$folder/parts/$(basename "$archive").sources" || cannot_write
    done
    private=$(cd "$folder" && pwd)
    echo "== $suites" >>"$log" || cannot_write
    apt_tool apt-get update >>"$log" 2>&1
}

# Prints "VERSION SHA256 FILE" of the package's upstream archives that the lists name. A native
# package has one archive, which holds everything.
offers() {
    apt_tool apt-cache showsrc --only-source "$package" 2>>"$log" | awk -v package="$package" '
        function tell() { if (name == package && file != "") print version, sum, file }
        /^Package: / { name = $2 }
        /^Version: / { version = $2 }
        /^[A-Z]/ { inside = /^Checksums-Sha256:/ }
        inside && $3 ~ /\.tar\.[a-z0-9]+$/ && $3 !~ /\.debian\.tar\.|\.orig-[^.]*\.tar\./ {
            sum = $1; file = $3
        }
        /^$/ { tell(); name = version = file = "" }
        END { tell() }'
}

# download VERSION SHA256 FILE: fetches it, as apt's lists describe it, into the vendor folder.
download() {
    rm -f "$folder/$3"
    (cd "$folder" && apt_tool apt-get source --download-only --tar-only "$package=$1") >>"$log" 2>&1
    if [ ! -f "$folder/$3" ]; then
        note "$where: has $1, but apt cannot get its $3: $(last_words)"
        return 1
    fi
    sha256=$(sha256_of "$folder/$3")
    if [ "$sha256" != "$2" ]; then
        note "$where: $3 has the sha256 $sha256, but $2 was expected"
        return 1
    fi
    # Of an archive on a local disk apt makes a link.
    { cp "$folder/$3" "$vendor/$3.part" && mv "$vendor/$3.part" "$vendor/$3"; } ||
        { rm -f "$vendor/$3.part" && cannot_write; }
}

# ---- pinned versions

# Is the pin to be had of what the lists name? By its sha256; or else it says why not.
from_lists() {
    wanted=$(pin_version "$1") found=
    while read -r version sha256 file; do
        [ -n "$version" ] || continue
        found="$found $version"
        if [ "$sha256" = "$(pin_sha256 "$1")" ]; then
            # Its version is the pin's: the same bytes are the same whatever their revision.
            ! download "$version" "$sha256" "$file" || done_with "$vendor/$file" "$wanted" yes
            return 0
        elif [ "$version" = "$wanted" ]; then
            note "$where: $version is there, but its archive is another one: its sha256 is $sha256"
            forged=yes
            return 0
        fi
    done <<EOT
$(offers)
EOT
    note "$where: no $wanted there, but${found:- nothing of $package}"
}

# The archive is trusted, since the pin tells what it must be: the suite may be newer than this
# system's keys, and an old snapshot's lists may have expired.
from_pins() {
    check_dates=false
    for pin in $pins; do
        [ -n "$(pin_sha256 "$pin")" ] || continue
        from_earlier "$pin"
        for archive in "$folder"/archives/*; do
            [ -f "$archive" ] || continue
            where="$(archive_address "$archive") $(pin_suite "$pin")"
            if read_lists 'Trusted: yes' "$(pin_suite "$pin")" "$archive"; then
                from_lists "$pin"
            else
                note "$where: apt cannot read it: $(last_words)"
            fi
        done
    done
}

# ---- the newest

# Reads and prints lines "VERSION ...": those of the series, the newest first.
newest_first() {
    while read -r version rest; do
        case ${version#*:} in
        "$series" | "$series"[!0-9]*) echo "$version $rest" ;;
        esac
    done | sort -rVu
}

tell_unpinned() {
    echo "fetch: no pinned version of $package is to be had; building with version ${1}, $2" \
        "(STRICT=1 refuses that)" >&2
}

from_newest() {
    check_dates=true
    # shellcheck disable=SC2046
    set -- $(for pin in $pins; do pin_suite "$pin"; done | awk '!seen[$0]++')
    where="the newest of $series in $(echo "$*" | tr ' ' ',')"
    # Suites that are not there, or not signed, give no lists; what the others have is signed.
    read_lists '' "$*" "$folder"/archives/* || note "$where: apt says $(last_words)"
    while read -r version sha256 file; do
        [ -n "$version" ] || break
        download "$version" "$sha256" "$file" || continue
        ! is_pinned "$sha256" || done_with "$vendor/$file" "$version" yes
        tell_unpinned "$version" "which the archive's signature vouches for"
        done_with "$vendor/$file" "$version" no
    done <<EOT
$(offers | newest_first)
EOT
    note "$where: there is none that a known key vouches for"
}

# Whom can we ask? Nobody: then $nobody says why.
find_apt() {
    mkdir -p "$folder/archives" || cannot_write
    if ! command -v apt-get >/dev/null; then
        nobody="$variable is not set, and there is no apt-get here."
    else
        find_archives
        [ -n "$(ls "$folder/archives")" ] ||
            nobody="$variable is not set, and apt's sources name no archive of Debian."
    fi
}

rm -rf "$folder"
mkdir -p "$folder" || cannot_write
{ : >"$log" && : >"$folder/tried"; } || cannot_write
[ -z "$local_file" ] || from_file
nobody='' forged=''
find_apt
from_pins
[ -z "$forged" ] || fail "apt was asked, and what it offers is not what was pinned:" "$(tried)"
[ -n "$nobody" ] || [ -n "${STRICT:-}" ] || from_newest
from_last_time
[ -z "$nobody" ] || fail "$nobody"
! grep -q 'No space left' "$log" || cannot_write "apt was asked:" "$(tried)"
[ -z "${STRICT:-}" ] || fail "apt was asked for the pinned versions only (STRICT=$STRICT):" "$(tried)"
fail "apt was asked (all that it said is in $log):" "$(tried)"
