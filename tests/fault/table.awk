# SPDX-License-Identifier: BSD-3-Clause
# Calls by errors from the lines of lib/harness.lua: how many faults, of how many that are possible
# (calls by errors by places), and what came of them.

BEGIN { FS = "\t" }

/^file / { file = $0; next }

# What a test can have differs from run to run; the most counts.
/^possible / {
    key = file FS $1 FS $2
    if ($3 > possible[key]) {
        places[$2] += $3 - possible[key]
        possible[key] = $3
    }
    next
}

/^case / {
    split($2, request, ":")
    call = request[1]
    what = request[3]
    all[call]++
    whats[call, what]++
    if (!((call, what) in known)) {
        known[call, what] = 1
        words[call] = words[call] " " what
        pairs++
    }
    next
}

/^(same|other|waits)$/ { outcome[call, $0]++; sum[$0]++ }
/^bad / {
    bad[call]++
    sum["bad"]++
    kind = /^bad (lost memory|left behind)/ ? "left" : \
        /^bad ended with status (124|137|142)/ ? "hang" : /^bad ended/ ? "crash" : "wrong"
    kinds[kind]++
}

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
    row = "%-16s %8d %9d %8d %8d %6d %4d\n"
    printf "%-16s %8s %9s %8s %8s %6s %4s\n", "call", "faults", "possible", "unseen", "seen", \
        "waits", "bad"
    for (call in all) {
        total += all[call]
        calls++
        if (places[call] < all[call])
            places[call] = all[call]
        of += places[call]
        printf row, call, all[call], places[call], outcome[call, "same"], outcome[call, "other"],
            outcome[call, "waits"], bad[call]
        details(call)
        if (call ~ /^(malloc|calloc|realloc|strdup|mmap64)$/) {
            memory += all[call]
            memory_of += places[call]
        }
    }
    printf row, "all", total, of, sum["same"], sum["other"], sum["waits"], sum["bad"]
    printf "figures calls=%d pairs=%d faults=%d possible=%d memory=%d memory_possible=%d " \
        "crashes=%d hangs=%d left=%d wrong=%d\n", calls, pairs, total - memory, of - memory_of,
        memory, memory_of, kinds["crash"], kinds["hang"], kinds["left"], kinds["wrong"]
}
