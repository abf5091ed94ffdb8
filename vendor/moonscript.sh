#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Puts MoonScript's modules into a folder, one file each: moonscript.sh SOURCE FOLDER
#
# SOURCE is a folder with the files already, or one Lua file that is a row of
#     package.preload['NAME'] = function()
#       ...
#     end
# and then runs the module "moonscript". Anything else in it is an error.
set -eu

source=$1 folder=$2

fail() {
    echo "moonscript: $1; MOONSCRIPT= names a folder with moonscript/base.lua, or one Lua file" >&2
    exit 1
}

split_file() {
    awk -v folder="$folder" '
        function bad(why) { print FILENAME ":" FNR ": " why; failed = 1; exit 1 }
        path == "" && /^package\.preload\[\047[a-z_.]+\047\] = function\(\)$/ {
            split($0, part, "\047")
            gsub(/\./, "/", part[2])
            path = folder "/" part[2] ".lua"
            parent = path
            sub(/\/[^\/]*$/, "", parent)
            system("mkdir -p \047" parent "\047")
            next
        }
        path == "" && (/^return package\.preload\["moonscript"\]\(\)$/ || /^$/) { next }
        path == "" { bad("not the beginning of a module: " $0) }
        /^end$/ { close(path); path = ""; next }
        { print >path }
        END { if (!failed && path != "") bad("the last module does not end") }' "$source"
}

if [ -f "$source" ]; then
    mkdir -p "$folder"
    split_file >&2 || fail "$source is not understood"
elif [ -f "$source/moonscript/base.lua" ]; then
    mkdir -p "$folder"
    cp -R "$source/moonscript" "$folder"
    [ ! -f "$source/moonscript.lua" ] || cp "$source/moonscript.lua" "$folder"
fi
[ -f "$folder/moonscript/base.lua" ] || fail "$source holds no MoonScript"
