#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs the Debian packages that fuzz, lint, coverage and check-long need, besides those of setup.
set -eu
# clang, llvm         the fuzzing build: its compiler; names in the sanitizers' reports
# libclang-rt-dev     libFuzzer and the sanitizers of that compiler
# clang-tidy, cppcheck and the package shellcheck: lint
# valgrind, libc6-dbg  memcheck, and the names of libc's functions, which it looks for
packages='clang llvm libclang-rt-dev clang-tidy cppcheck shellcheck valgrind libc6-dbg'
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
$as_root apt-get -q update
# The list is words, split at blanks on purpose.
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $packages
