# SPDX-License-Identifier: BSD-3-Clause
# sssrun help.
. "$(dirname "$0")/lib/cli.sh"

# Does `sssrun help TOPIC` print a line that is TEXT?
topic() {
    run help "$2"
    reason=
    [ "$status" = 0 ] && [ ! -s err ] || reason="exit status $status; $(cat err)"
    grep -Fqx -e "$3" out || reason="$reason; no line '$3' in '$(head -c 300 out)'"
    result "$1" "$reason"
}

run help
same "the overview" "0 yes" "$status $(grep -q '^  sss.connect(' out && echo yes)"
same "it lists the methods" yes "$(grep -q '^  socket:recv(n)' out && echo yes)"
same "it lists the manual" 10 "$(sed -n '/^the manual$/,/^$/p' out | grep -c '^  ')"
topic "a subject of the manual" tasks "## Channels and semaphores"
run help
same "and the topics that are no functions" 3 "$(grep -Ec '^  (options|build|licenses) ' out)"
topic "a function by its name" sss.connect "sss.connect(where, options)"
topic "a method by its name" socket:recv "socket:recv(n)"
topic "a method with a dot" socket.recv "socket:recv(n)"
topic "a method with the module in front" sss.recv "socket:recv(n)"
topic "a method with module and class in front" sss.socket:recv "socket:recv(n)"
topic "a method by its last part" recv "socket:recv(n)"
topic "with parentheses" "recv()" "socket:recv(n)"
topic "whatever the case" SSS.Connect "sss.connect(where, options)"
topic "a word that two things have: one" connect "sss.connect(where, options)"
topic "a word that two things have: the other" connect "socket:connect(where)"
topic "the arguments are there" socket:recv "  n? integer"
topic "the results are there" socket:recv "  string? data"
topic "a class" sss.address "sss.address"
topic "a table" sss.AF "sss.AF"
topic "the options" options "usage: sssrun [options] [script [args]]"
topic "build" build "usage: sssrun build [options] MAIN [FILE|FOLDER ...]"

# Every name of the overview is a topic.
run help
names=$(awk '/^  / { sub(/\(.*/, "", $1); print $1 }' out)
missing=
for name in $names; do
    run help "$name"
    [ "$status" = 0 ] || missing="$missing $name"
done
[ "$(echo "$names" | wc -l)" -gt 30 ] || missing="$missing (only a few names)"
result "every name of the overview is a topic" "$missing"

run help sss.recieve
expect "an unknown topic suggests the nearest" 2 '' \
    "^sssrun: no help on 'sss.recieve' \(nearest: .*socket:receive.*\)"
run help licences
expect "licences" 2 '' 'nearest: licenses'
run help qqqqqqqqqqqqqqqq
expect "a topic like no other suggests nothing" 2 '' "^sssrun: no help on 'qqqqqqqqqqqqqqqq'; "
run help ''
expect "an empty topic" 2 '' "^sssrun: no help on ''"
run help a b
expect "two topics" 2 '' '^sssrun: help takes one topic'

run help licenses
same "the licences: LuaJIT's" yes "$(grep -q 'Mike Pall' out && echo yes)"
same "the licences: our own" yes "$(grep -q 'the sss authors' out && echo yes)"
same "each has a heading" yes "$(grep -A 1 -Fx LuaJIT out | grep -qx '======' && echo yes)"
echo 'print "a script"' >help
run ./help
expect "a script named help is run as ./help" 0 "a script" ''
finish
