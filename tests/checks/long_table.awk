# SPDX-License-Identifier: BSD-3-Clause
# The table at the end of `make check-long`, from the logs of its steps: awk -f long_table.awk LOGS

FNR == 1 {
    step = FILENAME
    sub(/.*\//, "", step)
    sub(/\.log$/, "", step)
    ran[step] = 1
}

# The last line of a step, or its own lines.
/^ok / { oks[step]++ }
/^[0-9]+ passed, [0-9]+ failed$/ { oks[step] = $1; next }

step == "fault-calls" && /^figures / {
    for (i = 2; i <= NF; i++) {
        split($i, pair, "=")
        fault[pair[1]] = pair[2]
    }
}
step == "fuzz" && /^  [a-z]+ +[0-9]+ +[0-9]+ +[0-9]+$/ { inputs += $2; targets++ }

# "ok N connections at once, N in all, N of them badly behaved", "ok N bytes checked, N lost"
step == "soak" {
    line = $0
    sub(/^(not )?ok /, "", line)
    split(line, words, " ")
    if (line ~ /connections at once/) { once = words[1]; connections = words[5] }
    if (line ~ /bytes checked/) { bytes = words[1]; lost += words[4] }
    if (/^not ok .* of the (client|server)/) leaks++
}

# Its own figures have them.
step == "fault-calls" { next }

# In the logs of all the others a report is there when something was found.
/LeakSanitizer: detected|are definitely lost in|^not ok .*left (behind|open):/ { leaks++ }
/(ERROR|WARNING): [A-Za-z]+Sanitizer: |: runtime error: |libFuzzer: deadly signal/ && !/LeakSanitizer/ {
    crashes++
}
/^not ok .*exit status (132|134|135|136|139)/ { crashes++ }
/^not ok .*did not end in|libFuzzer: timeout/ { hangs++ }

# 1234567 -> 1,234,567
function commas(number,   text, groups) {
    text = sprintf("%.0f", number)
    while (length(text) > 3) {
        groups = "," substr(text, length(text) - 2) groups
        text = substr(text, 1, length(text) - 3)
    }
    return text groups
}

function row(what, number, more) {
    printf "  %-30s %16s  %s\n", what, commas(number), more
}

# What the step COUNTED, when it was run.
function row_of(step, what, number, more) {
    if (step in ran)
        row(what, number, more)
    else
        printf "  %-30s %16s\n", what, "not run"
}

# DONE of so many that are possible.
function part(done, possible) {
    return sprintf("of %s possible (%.1f %%)", commas(possible), possible ? 100 * done / possible : 0)
}

# Beyond those at the places: a spread over all calls that the tests make.
function more_faults() {
    return fault["faults"] + fault["memory_faults"] - fault["done"] - fault["memory_done"]
}

function tests(what, step) {
    row_of(step, what, oks[step], "tests")
}

END {
    print ""
    row_of("fault-calls", "places of calls x errnos", fault["done"], part(fault["done"], fault["possible"]) \
        ", " fault["calls"] " calls, " fault["pairs"] " pairs")
    row_of("fault-calls", "places of allocations", fault["memory_done"], \
        part(fault["memory_done"], fault["memory_possible"]))
    row_of("fault-calls", "more faults", more_faults(), part(more_faults(), \
        fault["calls_made"] + fault["memory_calls_made"]))
    row_of("fuzz", "inputs fuzzed", inputs, targets + 0 " targets")
    row_of("soak", "connections", connections, commas(once) " at once")
    row_of("soak", "bytes checked", bytes, "")
    tests("under valgrind: units", "valgrind-units")
    tests("under valgrind: scripts", "valgrind")
    tests("thread sanitizer: units", "tsan-units")
    tests("thread sanitizer: scripts", "tsan")
    tests("a collection at every call", "gc-stress")
    tests("compiled at once", "jit-at-once")
    tests("never compiled", "no-jit")
    tests("other processor, emulated", "emulated")
    row("crashes", crashes + fault["crashes"], "")
    row("hangs", hangs + fault["hangs"], "")
    row("leaks", leaks + fault["left"], "")
    row_of("soak", "lost bytes", lost, "")
}
