# SPDX-License-Identifier: BSD-3-Clause
# For style.sh: finds the functions in C files that clang-format has formatted. Prints for each
#
#   LINES PARAMETERS FILE:LINE NAME
#
# LINES are those from the first of its head to the brace that closes it.

# Counts what stands between the commas of a list in parentheses that TEXT begins with.
function count_parameters(text, i, depth, count, c) {
    if (text ~ /^\((void)?\)/) return 0
    count = 1
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "(") depth++
        else if (c == ")" && --depth == 0) break
        else if (c == "," && depth == 1) count++
    }
    return count
}

function tell_function(name) {
    gsub(/__attribute__\(\([^()]*(\([^()]*\))?[^()]*\)\)/, "", head)
    if (!match(head, /[A-Za-z_][A-Za-z0-9_]*\(/)) return
    name = substr(head, RSTART, RLENGTH - 1)
    print FNR - began + 1, count_parameters(substr(head, RSTART + RLENGTH - 1)), \
        FILENAME ":" began, name
}

FNR == 1 || (/^$/ && !inside) { began = 0; head = ""; inside = 0 }
/^}$/ { if (inside) tell_function(); began = 0; head = ""; inside = 0; next }
/^{/ { inside = began > 0; next }
inside { next }
/^[A-Za-z_]/ && !began { began = FNR }
began { head = head $0 }
/;$/ || /^}/ { began = 0; head = "" }
