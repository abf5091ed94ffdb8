#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Mends faults of musl, unpacked in FOLDER: musl_mend.sh FOLDER
#
# Each mend says what a script sees without it, and ends with an error where the source is not as
# expected.
set -eu
[ -f "$1/COPYRIGHT" ] || { echo "musl_mend: $1 holds no musl" >&2; exit 1; }
