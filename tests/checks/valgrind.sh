#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Under valgrind's memcheck: valgrind.sh units PROGRAM..., or valgrind.sh scripts PROGRAM FILES... for
# script tests; the programs that those start run under it too. All are of the variant valgrind,
# whose Lua objects come from malloc.
#
# A use of memory that was given back, of bytes that were never written, and lost memory is an error:
# it is told, and the program ends with status 99, which fails the test.
#
# --smc-check=all-non-file  LuaJIT writes machine code anywhere, and again where other code was.
# --errors-for-leak-kinds   what a program still points to at its end is not lost.
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
kind=$1
shift
command="valgrind -q --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
    --error-exitcode=99 --smc-check=all-non-file --suppressions=$here/valgrind.supp"

# valgrind keeps the limit of descriptors itself, the kernel does not know it; and a signal every 3 ms
# comes faster than a busy machine can go on.
without='running_out_of_descriptors_is_an_error_and_passes no_room_for_a_descriptor_is_emfile
    any_other_signal_just_goes_by'
if [ "$kind" = units ]; then
    # The names are words.
    # shellcheck disable=SC2086
    UNIT_WITHOUT=" $(echo $without) " CK_TIMEOUT_MULTIPLIER=20 UNDER=$command UNIT_SECONDS=600 sh "$here/units.sh" "$@"
    exit
fi
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
# The command is words.
# shellcheck disable=SC2086
echo '#!/bin/sh' "
exec" $command "'$(cd "$(dirname "$1")" && pwd)/$(basename "$1")'" '"$@"' >"$work/sssrun"
chmod +x "$work/sssrun"
shift
TEST_SECONDS=${TEST_SECONDS:-0.3} "$top/tests/script/run" "$work/sssrun" "$@"
