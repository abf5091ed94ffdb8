# shellcheck shell=sh
# SPDX-License-Identifier: BSD-3-Clause
# For run.sh and long.sh: runs the steps of a check and sums them up.
#
# A step is a command that writes lines "ok NAME" and "not ok NAME", or sums them up itself in a
# last line "N passed, N failed". Its output goes to build/check/STEP.log and is shown when the step
# fails. A step that does not end in its time is ended, and has failed. All steps run; the sums
# decide. What failed is said once more at the end.
#
# Lanes run beside each other: `lane FUNCTION ARGUMENTS...` begins one, which calls step; lanes_end
# waits for all of them.
results=build/check
rm -rf "$results"
mkdir -p "$results"
: >"$results/sums"
job=
lanes=
trap 'kill $job $lanes 2>/dev/null; exit 130' INT TERM

# Sets good and bad from the log of a step and its exit status. A step that fails, or says nothing,
# has at least one failure.
count() {
    good=$(grep -ac '^ok ' "$1")
    bad=$(grep -ac '^not ok ' "$1")
    sum=$(tail -n 1 "$1" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
    [ -z "$sum" ] || good=${sum% *} bad=${sum#* }
    if [ "$bad" -eq 0 ] && { [ "$2" -ne 0 ] || [ "$good" -eq 0 ]; }; then
        bad=1
    fi
}

# Adds what the log NAME says, of a step that ended with STATUS after SECONDS: tell NAME STATUS SECONDS
tell() {
    log=$results/$1.log
    count "$log" "$2"
    echo "$good $bad" >>"$results/sums"
    {
        printf '  %-16s %4d passed, %d failed (%d s)\n' "$1" "$good" "$bad" "$3"
        [ "$bad" -eq 0 ] || sed 's/^/    | /' "$log"
    } >"$results/$1.told"
    cat "$results/$1.told" # at once: other lanes write, too
    [ "$bad" -eq 0 ] && return
    { grep -a '^not ok ' "$log" || tail -n 3 "$log"; } | sed "s/^/$1: /" >>"$results/failures"
}

# step NAME SECONDS COMMAND...
step() {
    name=$1 limit=$2 began=$(date +%s)
    shift 2
    timeout -k 10 "$limit" "$@" >"$results/$name.log" 2>&1 </dev/null &
    job=$!
    wait "$job"
    status=$?
    job=
    [ "$status" -ne 124 ] || echo "not ok $name: it did not end in $limit s" >>"$results/$name.log"
    tell "$name" "$status" $(($(date +%s) - began))
}

lane() {
    (
        lanes=
        trap 'kill $job 2>/dev/null; exit 130' INT TERM
        "$@"
    ) &
    lanes="$lanes $!"
}

lanes_end() {
    for lane in $lanes; do
        wait "$lane"
    done
    lanes=
}

# What failed, and the sum. False when something failed.
steps_end() {
    passed=$(awk '{ sum += $1 } END { print sum + 0 }' "$results/sums")
    failed=$(awk '{ sum += $2 } END { print sum + 0 }' "$results/sums")
    [ ! -e "$results/failures" ] || cat "$results/failures"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
