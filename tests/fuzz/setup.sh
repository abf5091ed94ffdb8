#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs the Debian packages that fuzz, lint and coverage need.
set -eu
# clang, llvm        the fuzzing build: its compiler and libFuzzer; names in the sanitizers' reports
# clang-tidy          lint
# cppcheck            lint
# the package shellcheck: lint
packages='clang llvm clang-tidy cppcheck shellcheck'
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
$as_root apt-get -q update
# The list is words, split at blanks on purpose.
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $packages
