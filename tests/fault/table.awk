# SPDX-License-Identifier: BSD-3-Clause
# Calls by errors from the lines of lib/harness.lua: how many faults, and what came of them.

BEGIN { FS = "\t" }

/^case / {
    split($2, request, ":")
    call = request[1]
    what = request[3]
    all[call]++
    whats[call, what]++
    if (!((call, what) in known)) {
        known[call, what] = 1
        words[call] = words[call] " " what
    }
    next
}

/^(same|other|waits)$/ { outcome[call, $0]++; sum[$0]++ }
/^bad / { bad[call]++; sum["bad"]++ }

# The errors of CALL with their numbers, in lines of at most 70 characters.
function details(call,   n, i, list, line, word) {
    n = split(words[call], list, " ")
    for (i = 1; i <= n; i++) {
        word = list[i] " " whats[call, list[i]]
        if (length(line) + length(word) > 68) {
            print "    " line ","
            line = word
        } else
            line = line (line == "" ? "" : ", ") word
    }
    print "    " line
}

END {
    printf "%-16s %8s %8s %8s %8s %5s\n", "call", "faults", "unseen", "seen", "waits", "bad"
    for (call in all) {
        total += all[call]
        printf "%-16s %8d %8d %8d %8d %5d\n", call, all[call], outcome[call, "same"],
            outcome[call, "other"], outcome[call, "waits"], bad[call]
        details(call)
    }
    printf "%-16s %8d %8d %8d %8d %5d\n", "all", total, sum["same"], sum["other"], sum["waits"],
        sum["bad"]
}
