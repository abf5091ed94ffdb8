# SPDX-License-Identifier: BSD-3-Clause
# Calls by errors from the lines of lib/harness.lua: how many places there are in the tests, how many
# faults at these (places by errors), how many of them were done, and what came of all faults.

BEGIN { FS = "\t" }

# What a case came to is known by the lines behind it; nothing behind it is a crash.
function count_case() {
    if (request == "" || outcome_of == "unmet") {
        request = ""
        return
    }
    split(request, part, ":")
    call = part[1]
    sub(/@.*/, "", call)
    what = part[3]
    all[call]++
    whats[call, what]++
    if (!((call, what) in known)) {
        known[call, what] = 1
        words[call] = words[call] " " what
        pairs++
    }
    if (outcome_of != "") {
        outcome[call, outcome_of]++
        sum[outcome_of]++
    }
    if (part[2] == 1 && !((file, test, request) in was_done) && ((file, test, part[1]) in place)) {
        was_done[file, test, request] = 1
        done[call]++
    }
    request = ""
}

/^file / { count_case(); file = $0; next }

# What a test does differs from run to run: a place that was seen once counts.
/^place / {
    test = substr($1, 7)
    if ((file, test, $2) in place)
        next
    place[file, test, $2] = 1
    call = $2
    sub(/@.*/, "", call)
    places[call]++
    possible[call] += $3
    if (!($2 in distinct)) {
        distinct[$2] = 1
        in_program++
    }
    next
}

/^lethal / {
    if (!((file, $1, $2) in left_out)) {
        left_out[file, $1, $2] = 1
        lethal++
    }
    next
}

# The most counts.
/^possible / {
    key = file FS $1 FS $2
    if ($3 > most[key]) {
        calls_made[$2] += $3 - most[key]
        most[key] = $3
    }
    next
}

/^case / {
    count_case()
    test = substr($1, 6)
    request = $2
    outcome_of = ""
    next
}

/^(same|other|waits|unmet)$/ { outcome_of = $0; count_case() }
/^bad / {
    if (request != "")
        bad[request_call()]++
    sum["bad"]++
    kind = /^bad (lost memory|left behind)/ ? "left" : \
        /^bad ended with status (124|137|142)/ ? "hang" : /^bad ended/ ? "crash" : "wrong"
    kinds[kind]++
    count_case()
}

function request_call(   name) {
    name = request
    sub(/[@:].*/, "", name)
    return name
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

function is_memory(call) {
    return call ~ /^(malloc|calloc|realloc|strdup|mmap64)$/
}

END {
    count_case()
    row = "%-16s %8d %9d %8d %8d %8d %8d %6d %4d\n"
    heads = row
    gsub(/d/, "s", heads)
    printf heads, "call", "places", "possible", "done", "faults", "unseen", "seen", "waits", "bad"
    for (call in all) {
        calls++
        printf row, call, places[call], possible[call], done[call], all[call], outcome[call, "same"],
            outcome[call, "other"], outcome[call, "waits"], bad[call]
        details(call)
    }
    for (call in all) {
        m = is_memory(call) ? "memory_" : ""
        total[m "places"] += places[call]
        total[m "possible"] += possible[call]
        total[m "done"] += done[call]
        total[m "faults"] += all[call]
        total[m "calls_made"] += calls_made[call]
    }
    of = total["possible"] + total["memory_possible"]
    ready = total["done"] + total["memory_done"]
    printf row, "all", total["places"] + total["memory_places"], of, ready,
        total["faults"] + total["memory_faults"], sum["same"], sum["other"], sum["waits"], sum["bad"]
    printf "places by errors: %d of %d (%.2f %%), %d places in the program; %d left out (table.lua)\n",
        ready, of, of ? 100 * ready / of : 0, in_program, lethal
    printf "figures calls=%d pairs=%d places=%d", calls, pairs, in_program
    n = split("possible done faults calls_made", names, " ")
    for (i = 1; i <= n; i++)
        printf " %s=%d memory_%s=%d", names[i], total[names[i]], names[i], total["memory_" names[i]]
    printf " crashes=%d hangs=%d left=%d wrong=%d\n", kinds["crash"], kinds["hang"], kinds["left"],
        kinds["wrong"]
}
