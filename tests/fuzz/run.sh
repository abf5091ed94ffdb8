#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs libFuzzer programs for so many seconds each: run.sh SECONDS PROGRAM... FUZZ_JOBS of them at a
# time (1).
#
# They begin with seeds/NAME and what earlier runs found (build/fuzz/corpus/NAME). An input that
# crashes one is left in build/fuzz/found/NAME-*; mended, it goes to seeds/NAME under a name of its
# own. The table at the end: inputs, edges and features of the code that were reached.
here=$(cd "$(dirname "$0")" && pwd)
seconds=$1
shift
out=build/fuzz
mkdir -p "$out/found" "$out/log"
FUZZ_LUA=$here
LSAN_OPTIONS="suppressions=$here/../script/lib/leaks.supp:print_suppressions=0"
export FUZZ_LUA LSAN_OPTIONS
workers=
trap 'kill $workers; exit 130' INT TERM

# fuzz PROGRAM NAME. LuaJIT's memory looks like leaks while it runs: calls.lua itself looks for what
# is left behind, and so libFuzzer must open nothing of its own (a symbolizer) in between.
fuzz() {
    words='' leaks=1
    [ "$2" != calls ] || leaks=0
    [ ! -e "$here/seeds/$2.words" ] || words=-dict=$here/seeds/$2.words
    mkdir -p "$out/corpus/$2"
    # shellcheck disable=SC2086
    timeout $((seconds + 120)) "$1" -max_total_time="$seconds" -timeout=20 -max_len=4096 \
        -detect_leaks="$leaks" -print_funcs=0 -print_final_stats=1 $words \
        -artifact_prefix="$out/found/$2-" "$out/corpus/$2" "$here/seeds/$2" >"$out/log/$2" 2>&1
    echo $? >"$out/log/$2.status"
}

# Takes programs that nobody has taken yet: the folder of logs is new.
rm -rf "$out/log"
mkdir "$out/log"
worker() {
    for program; do
        name=$(basename "$program")
        mkdir "$out/log/$name.taken" 2>/dev/null && fuzz "$program" "$name"
    done
}
for job in $(seq "${FUZZ_JOBS:-1}"); do
    worker "$@" &
    workers="$workers $!"
done
wait

passed=0 failed=0
printf '  %-10s %10s %8s %8s\n' target inputs edges features
for program; do
    name=$(basename "$program")
    awk -v name="$name" '
        / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1)
                                              if ($i == "ft:") ft = $(i + 1) } }
        /number_of_executed_units/ { units = $2 }
        END { printf "  %-10s %10d %8d %8d\n", name, units, cov, ft }' "$out/log/$name"
    [ "$(cat "$out/log/$name.status")" -eq 0 ] && passed=$((passed + 1)) && continue
    failed=$((failed + 1))
    echo "not ok $name"
    grep -av '^#' "$out/log/$name" | tail -n 40
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
