# SPDX-License-Identifier: BSD-3-Clause
# Compares coverage.md with the lines that were not reached: awk -f coverage.awk coverage.md missed.
# Each of them has to be listed there under its reason, "    FILE: TEXT", and the other way round;
# "    FILE: (sometimes) TEXT" is one that is reached by chance.

function problem(what, line) {
    print "not ok " what ": " line
    problems++
}

# Lines of coverage.md
FNR == NR {
    if ($0 !~ /^ +src\//)
        next
    sub(/^ +/, "")
    if (sub(/: \(sometimes\) /, ": "))
        chance[$0]++
    else
        listed[$0]++
    next
}

# FILE:  NUMBER:  TEXT
{
    file = substr($0, 1, index($0, ":") - 1)
    text = $0
    sub(/^[^:]*: *[0-9]+: */, "", text)
    line = file ": " text
    reached_not++
    if (listed[line] > 0)
        listed[line]--
    else if (chance[line] > 0)
        chance[line]--
    else
        problem("without a reason", $0)
}

END {
    for (line in listed)
        for (; listed[line] > 0; listed[line]--)
            problem("reached, though a reason says why not", line)
    printf "%d lines are not reached, %d of them without a reason or with one too many\n",
        reached_not, problems
    exit problems > 0
}
