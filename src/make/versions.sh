#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Prints a line that names what is built in, for `sssrun -v`: versions.sh NAME=SOURCE...
# SOURCE is a file that vendor/fetch.sh wrote.
set -eu
line=
for pair; do
    source=${pair#*=}
    line="$line${line:+, }${pair%%=*} $(sed -n 's/^version=//p' "$source")"
    grep -qx pinned=yes "$source" || line="$line (not pinned)"
done
echo "with $line"
