#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Is what `make install` installs whole and right? Runs in the top folder, with ./sssrun built.
# shellcheck source=tests/checks/lib.sh
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d) || exit 2
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

# install_under PREFIX DESTDIR: prints nothing when that went well.
install_under() {
    env -u MAKEFLAGS -u MAKELEVEL make -s install PREFIX="$1" DESTDIR="$2" >"$work/log" 2>&1 ||
        { echo "make install failed:" && cat "$work/log"; }
}

skip() {
    echo "skip $1 ($2)"
}

has() {
    command -v "$1" >/dev/null
}

# ---- files

wanted='755 bin/sssrun
644 share/doc/sssrun/LICENSE
644 share/doc/sssrun/README.md
644 share/doc/sssrun/examples/echo.lua
644 share/doc/sssrun/examples/echo.service
644 share/doc/sssrun/examples/echo.socket
644 share/man/man1/sssrun.1
644 share/sssrun/sss.lua'

result "it installs under a folder with a blank" "$(install_under /opt "$work/a b")"
found=$(cd "$work/a b/opt" && find . -type f -printf '%m %P\n' | sort -k 2 | grep -v ' lib/sssrun/')
[ "$found" = "$wanted" ] && wrong='' || wrong="found: $found"
result "these files, with these modes, under PREFIX" "$wrong"
result "nothing outside of it" "$(cd "$work/a b" && find . -mindepth 1 -maxdepth 1 ! -name opt)"
result "the service names what was installed" "$(grep -qx \
    'ExecStart=/opt/bin/sssrun /opt/share/doc/sssrun/examples/echo.lua' \
    "$work/a b/opt/share/doc/sssrun/examples/echo.service" || echo "other paths than /opt")"
result "it installs again" "$(install_under /opt "$work/a b")"
result "without DESTDIR" "$(install_under "$work/prefix" '')"

# ---- PREFIX and DESTDIR, from wherever they come

# lands NAME FOLDER PREFIX ARGUMENT...: `env ARGUMENT...`, a make install among them, puts the program
# into FOLDER/bin and nothing elsewhere below "stage"; the service names PREFIX.
lands() {
    title=$1 folder=$2 prefix=$3
    shift 3
    rm -rf "$work/stage"
    complaint=$(env -u MAKEFLAGS -u MAKELEVEL -u PREFIX -u DESTDIR "$@" 2>&1)
    [ -x "$folder/bin/sssrun" ] || complaint="$complaint
it is not in $folder/bin, but in $(find "$work/stage" -name sssrun -type f | tr '\n' ' ')"
    [ "$(find "$work/stage" -name sssrun -type f | wc -l)" -eq 1 ] || complaint="$complaint
not exactly one"
    grep -qxF "ExecStart=$prefix/bin/sssrun $prefix/share/doc/sssrun/examples/echo.lua" \
        "$folder/share/doc/sssrun/examples/echo.service" || complaint="$complaint
the service names others than $prefix"
    result "$title" "$complaint"
}

stage=$work/stage
for stage in "$work/stage" "$work/stage/with blank" "$work/stage/it's"; do
    lands "DESTDIR alone ($(basename "$stage"))" "$stage/usr/local" /usr/local \
        make -s install DESTDIR="$stage"
    lands "DESTDIR of the environment ($(basename "$stage"))" "$stage/usr/local" /usr/local \
        DESTDIR="$stage" make -s install
    lands "both of the environment ($(basename "$stage"))" "$stage/opt" /opt \
        DESTDIR="$stage" PREFIX=/opt make -s install
    lands "one from each ($(basename "$stage"))" "$stage/opt" /opt \
        PREFIX=/opt make -s install DESTDIR="$stage"
    lands "PREFIX alone, given ($(basename "$stage"))" "$stage" "$stage" make -s install PREFIX="$stage"
    lands "PREFIX alone, of the environment ($(basename "$stage"))" "$stage" "$stage" \
        PREFIX="$stage" make -s install
done
lands "what is given goes before the environment" "$work/stage/usr" /usr \
    DESTDIR="$work/other" PREFIX=/opt make -s install DESTDIR="$work/stage" PREFIX=/usr
lands "an empty PREFIX is the root" "$work/stage" '' make -s install DESTDIR="$work/stage" PREFIX=
lands "a PREFIX with blank" "$work/stage/a b" '/a b' make -s install DESTDIR="$work/stage" PREFIX='/a b'
# shellcheck disable=SC2016
printf 'package:\n\t$(MAKE) -s install PREFIX=/usr DESTDIR=%s\n' "$work/stage" >"$work/mk"
lands "called by another make" "$work/stage/usr" /usr make -s -f "$work/mk" package

installed=$work/prefix
examples=$installed/share/doc/sssrun/examples
result "the installed program runs" "$("$installed/bin/sssrun" --version 2>&1 |
    grep -Ev '^(sssrun|with) ')"

# ---- the manual page

page=$installed/share/man/man1/sssrun.1
if has mandoc; then
    result "mandoc finds nothing wrong" "$(mandoc -Tlint -Wwarning "$page" 2>&1)"
else
    skip "mandoc" "it is not installed"
fi
if has man && has groff; then
    result "man finds nothing wrong" "$(LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" \
        2>&1 >/dev/null)"
else
    skip "man" "it is not installed"
fi

# The options that the text on standard input describes: "-e", "--strip".
described() {
    sed -nE 's/^  (-[^ ,[]*)(, (--[a-z-]+))?.*/\1 \3/p' | tr ' ' '\n' | sed '/^$/d' | sort
}

# The options of the page from the heading $1 to the next of its kind, ".Sh" or ".Ss".
paged() {
    awk -v heading="$1" '
        /^\.S[hs] / { inside = index($0, heading) == 1 }
        inside && /^\.It Fl/ {
            for (i = 2; i <= NF; i++)
                if ($i == "Fl") print "-" ($(i + 1) ~ /^(-?[A-Za-z-]+|-)$/ ? $(i + 1) : "")
        }' "$page" | sort
}

# The same words in $2 and $3? same NAME TEXT PAGE
same() {
    if [ -n "$2" ] && [ "$2" = "$3" ]; then
        result "$1"
    else
        result "$1" "$(printf 'the text says:\n%s\nthe page says:\n%s\n' "$2" "$3")"
    fi
}

same "the page has the options of sssrun --help" "$(./sssrun --help | described)" \
    "$(paged '.Sh OPTIONS')"
same "the page has the options of sssrun build --help" "$(./sssrun build --help | described)" \
    "$(paged '.Ss build ')"

# ---- the service

if has systemd-analyze; then
    result "systemd finds nothing wrong with the units" \
        "$(systemd-analyze verify --man=no "$examples/echo.socket" "$examples/echo.service" 2>&1)"
else
    skip "the units" "systemd-analyze is not installed"
fi

# Asks the service twice, over two connections at once.
ask() {
    timeout 120 "$installed/bin/sssrun" - "$1" <<'EOT' 2>&1 || echo "status $?"
local sss = require "sss"
local function connect()
    local deadline = sss.now() + 60
    while true do
        local ok, client = pcall(sss.connect, "unix:" .. arg[1])
        if ok then return client end
        assert(sss.now() < deadline, client)
        sss.sleep(0.05)
    end
end
local one, two = connect(), connect()
one:send("one\n")
two:send("two\n")
assert(two:receive() == "two\n" and one:receive() == "one\n")
EOT
}

if has systemd-socket-activate; then
    systemd-socket-activate -l "$work/socket" --fdname=echo "$installed/bin/sssrun" \
        "$examples/echo.lua" >"$work/log" 2>&1 &
    server=$!
    result "the service echoes, started by its first client" "$(ask "$work/socket")"
    kill -TERM "$server" 2>/dev/null
    wait "$server"
    status=$?
    server=
    result "TERM ends it" "$([ "$status" -eq 0 ] || echo "status $status:"; grep -v ^Listening \
        "$work/log" | grep -v '^Communication attempt' | grep -v '^Execing')"
else
    skip "the service" "systemd-socket-activate is not installed"
fi
finish
