#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Does vendor/fetch.sh get the right archive, and say what is wrong when it cannot? Without a network:
# apt is given archives that are made here, with a key of their own. Runs in the top folder.
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"

fetch=$PWD/vendor/fetch.sh
for tool in apt-get gpg xz bzip2; do
    command -v "$tool" >/dev/null || { echo "ok everything is skipped ($tool is not installed)" && finish; }
done
work=$(mktemp -d) || exit 2
trap 'GNUPGHOME=$work/keys gpgconf --kill all 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 2
unset STRICT THING_TARBALL

# ---- an archive

mkdir -m 700 keys
export GNUPGHOME="$work/keys"
gpg --batch -q --passphrase '' --quick-generate-key 'archive <archive@localhost>' rsa2048 2>gpg.log ||
    { cat gpg.log && exit 2; }
gpg --batch -q --armor --export >key.asc
gpg --batch -q --export >key.gpg

sha256_of() {
    sha256sum <"$1" | cut -d ' ' -f 1
}

# package SUITE NAME VERSION ARCHIVE [FILE...]: adds a source package to a suite of the archive in
# "main". Its files are made where they are missing; ARCHIVE holds NAME/version.
package() {
    suite=$1 name=$2 version=$3 archive=$4
    pool=main/pool/$name
    mkdir -p "$pool" "main/dists/$suite/main/source" "content/$name"
    if [ ! -e "$pool/$archive" ]; then
        echo "$version" >"content/$name/version"
        tar -C content -caf "$pool/$archive" "$name"
    fi
    shift 3
    dsc=${name}_${version#*:}.dsc
    echo "$version" >"$pool/$dsc"
    {
        printf 'Package: %s\nBinary: %s\nVersion: %s\n' "$name" "$name" "$version"
        printf 'Architecture: any\nDirectory: pool/%s\nChecksums-Sha256:\n' "$name"
        for file in "$dsc" "$@"; do
            [ -e "$pool/$file" ] || echo "$file" >"$pool/$file"
            echo " $(sha256_of "$pool/$file") $(wc -c <"$pool/$file") $file"
        done
        echo
    } >>"main/dists/$suite/main/source/Sources"
}

# release SUITE: signs it.
release() {
    index=main/source/Sources
    (
        cd "main/dists/$1" || exit
        {
            printf 'Suite: %s\nCodename: %s\nComponents: main\nArchitectures: all\n' "$1" "$1"
            echo "Date: $(LC_ALL=C date -Ru)"
            printf 'SHA256:\n %s %s %s\n' "$(sha256_of $index)" "$(wc -c <$index)" $index
        } >Release
        rm -f InRelease
        gpg --batch -q --clearsign -o InRelease Release
    )
}

# apt's settings: those of this machine play no part. sources_of ARCHIVE: the key is given.
mkdir -p etc/sources.list.d etc/keys
cat >apt.conf <<EOT
Dir::Etc "$work/etc";
Dir::Etc::main "none";
Dir::Etc::parts "none";
Dir::Etc::trusted "none";
Dir::Etc::trustedparts "$work/etc/keys";
EOT
export APT_CONFIG="$work/apt.conf"

stanza() {
    printf 'Types: deb\nURIs: file:%s\nSuites: any any-updates\nComponents: main\n' "$work/$1"
}
signed_sources() {
    { stanza main && echo "Signed-By: $work/key.gpg"; } >etc/sources.list.d/main.sources
}

package first thing 2:1.0-1 thing_1.0.orig.tar.xz thing_1.0.orig.tar.xz.asc thing_1.0-1.debian.tar.xz
package first thing 2:1.2-3 thing_1.2.orig.tar.gz thing_1.2.orig-docs.tar.gz thing_1.2-3.debian.tar.xz
package first other 5.0-1 other_5.0.orig.tar.bz2 other_5.0-1.diff.gz
package first native 7.1 native_7.1.tar.xz
package second thing 2:1.10~rc1-1 thing_1.10~rc1.orig.tar.gz
package second thing 2:1.9-1 thing_1.9.orig.tar.gz
package second thing 2:2.0-1 thing_2.0.orig.tar.gz
release first
release second
signed_sources

# ---- runs of fetch.sh

pool=main/pool
some=0000000000000000000000000000000000000000000000000000000000000000

# run NAME SERIES PIN...: status, out (the archive's version, or nothing), said (its messages), how
# (what OUT says). The folder "vendor" is empty, but for what keep=yes leaves there.
run() {
    name=$1 series=$2
    shift 2
    [ -n "${keep:-}" ] || rm -rf vendor
    mkdir -p vendor
    timeout 60 sh "$fetch" THING_TARBALL "$name" "$series" "vendor/$name.source" "$@" >said 2>&1 </dev/null
    status=$?
    how=$(grep -v '^sha256=' "vendor/$name.source" 2>/dev/null)
    file=$(sed -n 's/^file=//p' "vendor/$name.source" 2>/dev/null)
    out=$([ ! -f "$file" ] || tar -xOf "$file" "$name/version")
}

# gets NAME VERSION PINNED: the last run got this version, and says so.
gets() {
    complaint=
    [ "$status" -eq 0 ] || complaint="status $status"
    [ "$out" = "$2" ] || complaint="$complaint; it has version $out, not $2"
    printf '%s\n' "$how" | grep -qx "pinned=$3" || complaint="$complaint; not pinned=$3"
    [ ! -e "vendor/apt/$name" ] || complaint="$complaint; it left vendor/apt/$name"
    [ -z "$complaint" ] || complaint=$(echo "$complaint"; echo "$how"; cat said)
    result "$1" "$complaint"
}

# refuses NAME WORD...: the last run failed, left no archive, and its message has each of the words
# (extended regular expressions), and says what to do.
refuses() {
    title=$1 complaint=
    shift
    [ "$status" -eq 1 ] || complaint="status $status"
    for word in "$@" 'make THING_TARBALL=/path/to'; do
        grep -Eq "$word" said || complaint="$complaint; it does not say '$word'"
    done
    left=$(find vendor -maxdepth 1 -type f ! -name '*.source')
    [ -n "${keep:-}" ] || [ -z "$left" ] || complaint="$complaint; it left $left"
    [ -z "$complaint" ] || complaint=$(echo "$complaint" && cat said)
    result "$title" "$complaint"
}

# ---- pinned versions

xz=$(sha256_of $pool/thing/thing_1.0.orig.tar.xz)
gz=$(sha256_of $pool/thing/thing_1.2.orig.tar.gz)

run thing 1 "first/2:1.0-1/$xz"
gets "an exact version, though there is a newer one (xz, a signature beside it, an epoch)" 2:1.0-1 yes
result "its version is upstream's" "$(echo "$how" | grep -qx 'version=1.0' || echo "$how")"
result "it is told without a word" "$(cat said)"
run thing 1 "first/2:1.2-3/$gz"
gets "gz, with another component" 2:1.2-3 yes
run other 5 "first/5.0-1/$(sha256_of $pool/other/other_5.0.orig.tar.bz2)"
gets "bz2, with a diff" 5.0-1 yes
run native 7 "first/7.1/$(sha256_of $pool/native/native_7.1.tar.xz)"
gets "a native package" 7.1 yes
run thing 1 "first/2:1.0-9/$xz"
gets "another revision with the same archive" 2:1.0-1 yes
run thing 1 "second/2:1.1-1/$some" "nowhere/2:1.1-1/$some" "first/2:1.2-3/$gz"
gets "the first pins are gone" 2:1.2-3 yes
keep=yes
mv etc/sources.list.d/main.sources .
run thing 1 "second/2:1.1-1/$some" "first/2:1.2-3/$gz"
gets "what is here already needs no archive" 2:1.2-3 yes
keep=
run thing 1 "first/2:1.2-3/$gz"
refuses "apt that knows no archive" "apt's sources name no archive" "2:1.2-3 $gz" 'sources of thing'

echo "deb [ arch=amd64 signed-by=$work/key.gpg ] file:$work/main any main contrib # comment" >etc/sources.list
run thing 1 "first/2:1.0-1/$xz"
gets "sources in the old form" 2:1.0-1 yes
run thing 1 "first/2:1.1-1/$some"
gets "their key counts" 2:1.2-3 no
rm etc/sources.list
mv main.sources etc/sources.list.d

# ---- the newest

run thing 1 "first/2:1.1-1/$some"
gets "the pin is gone: the newest of its suite" 2:1.2-3 no
result "in one line, which names the version and STRICT=1" "$(sed '1 { /1\.2-3.*STRICT=1/d; }' said)"
run thing 1 "nowhere/2:1.1-1/$some" first second
gets "of all suites, as Debian orders versions, and not of another series" 2:1.10~rc1-1 no
run thing 1.1 "second/2:1.1-1/$some" first
refuses "1.10 is not of the series 1.1" 'none that a known key vouches for' 'second: no 2:1\.1-1'
export STRICT=1
run thing 1 "first/2:1.1-1/$some"
refuses "STRICT=1 takes pinned versions only" 'STRICT=1' 'no 2:1\.1-1 there, but.*2:1\.2-3'
keep=yes
run thing 1 "first/2:1.2-3/$gz"
gets "STRICT=1 takes those" 2:1.2-3 yes
unset STRICT keep

{ stanza main && echo 'Signed-By:' && sed 's/^$/./; s/^/ /' key.asc; } >etc/sources.list.d/main.sources
run thing 1 "first/2:1.1-1/$some"
gets "a key that stands among the sources" 2:1.2-3 no
stanza main >etc/sources.list.d/main.sources
run thing 1 "first/2:1.1-1/$some"
refuses "nobody vouches for an unknown key" 'none that a known key vouches for'
run thing 1 "first/2:1.0-1/$xz"
gets "a pin needs no key" 2:1.0-1 yes
cp key.gpg etc/keys/archive.gpg
run thing 1 "first/2:1.1-1/$some"
gets "a key that the system trusts" 2:1.2-3 no

# What was taken then serves when the network is away, but not with STRICT=1.
keep=yes
mv main away
run thing 1 "first/2:1.1-1/$some"
gets "what was taken before serves again without an archive" 2:1.2-3 no
STRICT=1 run thing 1 "first/2:1.1-1/$some"
refuses "but not with STRICT=1" 'STRICT=1'
unset STRICT
mv away main
keep=

# ---- bad input

rm etc/keys/archive.gpg
signed_sources
run thing 1 "first/2:1.0-1/$some"
refuses "another checksum under the pinned version, even though it is signed" \
    "not what was pinned" "$xz" "2:1\.0-1 $some"
run thing 1 "nowhere/2:1.0-1/$some"
refuses "a missing suite" "file:$work/main nowhere: apt cannot read it" 'nowhere'
run missing 1 "first/1.0-1/$some"
refuses "a missing package" 'no 1\.0-1 there, but nothing of missing'

mv $pool/thing/thing_1.0.orig.tar.xz .
run thing 9 "first/2:1.0-1/$xz"
refuses "the archive's file is missing" 'has 2:1\.0-1, but apt cannot get its thing_1\.0'
run thing 9 "first/2:1.0-1/$xz" "first/2:1.2-3/$gz"
gets "then the next pin is taken" 2:1.2-3 yes
head -c 100 thing_1.0.orig.tar.xz >$pool/thing/thing_1.0.orig.tar.xz
run thing 9 "first/2:1.0-1/$xz"
refuses "a download that is cut" 'has 2:1\.0-1, but apt cannot get its thing_1\.0'
mv thing_1.0.orig.tar.xz $pool/thing

printf 'Package: thing\nVersion: 3\n' >main/dists/second/main/source/Sources
run thing 1 "second/2:1.1-1/$some"
refuses "a list that is not what was signed" 'second: apt cannot read it'
echo noise >main/dists/second/InRelease
run thing 1 "second/2:1.1-1/$some"
refuses "a release of noise" 'second: apt cannot read it'

# A file that is given
cp $pool/thing/thing_1.0.orig.tar.xz given
head -c 100 given >shorter
export THING_TARBALL=
for THING_TARBALL in given "$work/given"; do
    run thing 1 "nowhere/2:1.1-1/$some" "nowhere/2:1.0-1/$xz"
    gets "a given file, whatever its name" 2:1.0-1 yes
done
for THING_TARBALL in nowhere main; do
    run thing 1 "first/2:1.0-1/$xz"
    refuses "a given file that is none ($THING_TARBALL)" "THING_TARBALL=$THING_TARBALL was tried: there is no"
done
THING_TARBALL=shorter
run thing 1 "first/2:1.0-1/$xz"
refuses "a given file that is another" 'its sha256 is none of the pinned ones' "$(sha256_of shorter), in 100 bytes" \
    "2:1\.0-1 $xz"
unset THING_TARBALL

# A machine without apt, and one whose apt does nothing, and says nothing
mkdir bin fake
for tool in sh awk cat cp cut df dirname grep ls mkdir mv rm sed sha256sum sort tail touch tr wc basename; do
    ln -s "$(command -v $tool)" bin
done
printf '#!/bin/sh\n' | tee fake/apt-get >fake/apt-cache
chmod +x fake/*
PATH=$work/bin sh "$fetch" THING_TARBALL thing 1 vendor/thing.source "first/2:1.0-1/$xz" >said 2>&1
status=$?
refuses "no apt" 'there is no apt-get here'
path=$PATH
PATH=$work/fake:$PATH
run thing 1 "first/2:1.0-1/$xz"
refuses "an apt that brings nothing" 'no 2:1\.0-1 there, but nothing of thing'
PATH=$path

# A full disk: the folder of what is fetched is on a file system of a few pages, for us alone.
# shellcheck disable=SC2016
on_a_full_disk='mount -t tmpfs -o "size=$1" none vendor || exit 2
timeout 60 sh "$fetch" THING_TARBALL thing 1 vendor/thing.source "first/2:1.0-1/$xz" >said 2>&1
echo "$?" >status
find vendor -maxdepth 1 -type f >left'
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
    export fetch xz
    for size in 4k 16k 40k; do
        rm -rf vendor && mkdir vendor
        unshare -m sh -c "$on_a_full_disk" sh $size
        status=$(cat status)
        refuses "a full disk ($size)" 'takes no more.* KiB are free'
        result "it leaves nothing there ($size)" "$(cat left)"
    done
else
    echo "skip a full disk (only root can mount)"
fi
finish
