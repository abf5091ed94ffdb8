# shellcheck shell=sh
# SPDX-License-Identifier: BSD-3-Clause
# The long part of run.sh, which reads it in behind the steps that are the same: what has an end of
# its own first; then fuzzing, the soak and the faults, which get the rest of the hour. Ends the run
# with one table of what was done (long_table.awk), whose numbers the steps' logs tell.
#
# LONG_SECONDS (3300) is the time for all steps.
total=${LONG_SECONDS:-3300}

# How much of the time is left, but at least LEAST: left LEAST
left() {
    rest=$((start + total - $(date +%s)))
    echo $((rest > $1 ? rest : $1))
}

# limited NAME SECONDS COMMAND...: a step that ends with the whole time, too.
limited() {
    name=$1 limit=$(left 30)
    [ "$2" -gt "$limit" ] || limit=$2
    shift 2
    step "$name" "$limit" "$@"
}

# The files of tests/script that match none of the PATTERNS: but PATTERNS...
but() {
    for file in tests/script/*.lua; do
        for pattern; do
            # shellcheck disable=SC2254
            case $(basename "$file" .lua) in $pattern) continue 2 ;; esac
        done
        echo "$file"
    done
}

# Programs of one file need the release; memory and time in numbers would be the checker's; and what
# does something very often takes too long there.
slow='build_* bundle_* *_memory many_* random_* hostile_* copy moon moon_lines gather_race
    faults_of_the_original timeout_loses_nothing workers_load tasks trust regressions'

# The unit tests of a VARIANT: those UNITS that are known by their names under build/asan.
units_of() {
    variant=$1
    shift
    for unit; do echo "build/$variant/${unit#build/asan/}"; done
}

limited lint 600 env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory lint
export TSAN_OPTIONS=allocator_may_return_null=1 # as malloc does
# shellcheck disable=SC2046
limited tsan-units 300 env CK_TIMEOUT_MULTIPLIER=5 sh tests/checks/units.sh $(units_of tsan "$@")
# shellcheck disable=SC2046
limited tsan 600 tests/script/run build/tsan/sssrun $(but build_* bundle_* '*_memory' many_*)
# shellcheck disable=SC2046
limited valgrind-units 600 sh tests/checks/valgrind.sh units $(units_of valgrind "$@")
# The lists are words.
# shellcheck disable=SC2046,SC2086
limited valgrind 600 sh tests/checks/valgrind.sh scripts build/valgrind/sssrun $(but $slow)
# Also not with much memory, many calls, options that the kernel changes by and by, or a collector
# that a test runs itself.
# shellcheck disable=SC2046,SC2086
limited gc-stress 600 env TEST_SECONDS=0.3 sh tests/fuzz/stress.sh build/debug/sssrun '-l gc_stress' \
    $(but $slow channels network_input options peers rare timeout_in_coroutine)
limited jit-at-once 600 sh tests/fuzz/stress.sh build/debug/sssrun '-Ohotloop=1 -Ohotexit=1'
limited no-jit 600 sh tests/fuzz/stress.sh build/debug/sssrun -joff
limited fuzz 900 env FUZZ_JOBS=2 sh tests/fuzz/run.sh "${FUZZ_SECONDS:-40}" build/fuzz/bin/*
limited soak 900 ./sssrun tests/soak/soak.lua connections=20000 "seconds=${SOAK_SECONDS:-180}"
seconds=$(($(left 360) - 60))
step fault-calls $((seconds + 300)) sh tests/fault/run "$seconds"
steps_end
status=$?
awk -f tests/checks/long_table.awk "$results"/*.log
exit "$status"
