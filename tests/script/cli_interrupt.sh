# SPDX-License-Identifier: BSD-3-Clause
# Ctrl-C.
. "$(dirname "$0")/lib/cli.sh"

# Runs the program and sends it SIGINT once it has made the file `ready`; when AT_REST is set, once
# it sleeps in a call of the system as well.
interrupt() {
    rm -f ready
    timeout 120 sh -c 'echo $$ >pid; exec "$@"' sh "$SSSRUN" "$@" >out 2>err &
    child=$!
    waited=0
    while [ ! -e ready ] && [ "$waited" -lt 1000 ]; do
        sleep 0.05
        waited=$((waited + 1))
    done
    sleep 0.1
    while [ -n "$AT_REST" ] && [ "$waited" -lt 1000 ] &&
        ! grep -q '^State:.S' "/proc/$(cat pid)/status"; do
        sleep 0.05
        waited=$((waited + 1))
    done
    kill -INT "$(cat pid)"
    wait "$child"
    status=$?
}

# Runs the program and sends it SIGINT each time it has made the next of the files ready1, ready2...
interrupt_each() {
    count=$1
    shift
    rm -f ready?
    timeout 120 sh -c 'echo $$ >pid; exec "$@"' sh "$SSSRUN" "$@" >out 2>err &
    child=$!
    for number in $(seq "$count"); do
        waited=0
        while [ ! -e "ready$number" ] && [ "$waited" -lt 1000 ]; do
            sleep 0.05
            waited=$((waited + 1))
        done
        kill -INT "$(cat pid)"
    done
    wait "$child"
    status=$?
}
AT_REST=
ready='io.open("ready", "w"):close()'

interrupt -e "require 'sss' $ready require('sss').sleep(60)"
expect "while waiting" 130 '' '^sssrun: interrupted$'
same "with one line only" 1 "$(wc -l <err)"
interrupt -joff -e "$ready while true do end"
expect "while computing" 130 '' '^sssrun: interrupted$'
same "with one line only, computing" 1 "$(wc -l <err)"
interrupt -e "$ready while true do end"
expect "while computing in compiled code" 130 '' '^sssrun: interrupted$'
interrupt -e "$ready local t = {} while true do t[1] = tostring({}) end"
expect "while computing and allocating" 130 '' '^sssrun: interrupted$'

interrupt -joff -e "print(pcall(function() $ready while true do end end)) print 'tidied up'"
expect "a script can catch it and go on" 0 "false	interrupted
tidied up" ''
interrupt -joff -e "local sss = require 'sss' pcall(function() $ready while true do end end)
    sss.sleep(1.2) print 'still here'"
expect "and lives on when the time in which it had to is over" 0 "still here" ''
interrupt -joff -e "local ffi, sss = require 'ffi', require 'sss' ffi.cdef 'int raise(int);'
    local alarm = sss.signal('ALRM')
    pcall(function() $ready while true do end end)
    ffi.C.raise(14)
    alarm:wait()
    print 'heard'"
expect "a script that watches the signal of the alarm still does" 0 "heard" ''
interrupt -e "local sss = require 'sss' local ok, e = pcall(function() $ready sss.sleep(60) end)
    for i = 1, 1e7 do end
    print(ok, tostring(e):find('interrupted') ~= nil)"
expect "a waiting script too, and is not interrupted again" 0 "false	true" ''
interrupt -joff -e "pcall(function() $ready while true do end end) error('for another reason')"
expect "what fails later is reported as itself" 1 '' 'for another reason$'
next="local number = 0 function ready()
    number = number + 1 io.open('ready' .. number, 'w'):close() end"
interrupt_each 2 -e "local sss = require 'sss' $next
    for _ = 1, 2 do print(pcall(function() ready() sss.sleep(60) end)) io.stdout:flush() end"
expect "a wait, and a second one after the script has caught the first" 130 "false	interrupted" ''
interrupt_each 2 -joff -e "$next
    for _ = 1, 2 do print(pcall(function() ready() while true do end end)) io.stdout:flush() end"
expect "computing, and a second one after the script has caught the first" 130 "false	interrupted" ''
interrupt -joff -e "local ffi = require 'ffi' ffi.cdef 'unsigned alarm(unsigned);' ffi.C.alarm(1000)
    pcall(function() $ready while true do end end)
    print(ffi.C.alarm(0) > 900)"
expect "an alarm of the script's own goes on" 0 "true" ''
interrupt -e "local sss = require 'sss' sss.spawn(function() $ready sss.sleep(60) end)"
expect "while only tasks are left" 130 '' '^sssrun: interrupted$'
interrupt -joff -e "require('sss').spawn(function() $ready while true do end end)"
expect "while a task computes" 130 '' '^sssrun: interrupted$'
same "with one line only, in a task" 1 "$(wc -l <err)"
interrupt -joff -e "require('sss').spawn(function() $ready while true do end end):join()"
expect "while a task computes and the script waits for it" 130 '' '^sssrun: interrupted$'
same "with one line only, waited for" 1 "$(wc -l <err)"
interrupt -joff -e "coroutine.wrap(function() $ready while true do end end)()"
expect "while a coroutine computes" 130 '' '^sssrun: interrupted$'
interrupt -joff -e "print(pcall(coroutine.wrap(function() $ready while true do end end)))
    require('sss').spawn(print, 'a task')"
same "a coroutine's interrupt can be caught" "false	interrupted" "$(head -n 1 out)"

# A read that the signal ends is an error of its own, and that comes first.
mkfifo pipe
AT_REST=yes
lines="local f = io.open('pipe', 'r+') $ready for line in f:lines() do end"
interrupt -e "$lines"
expect "while reading lines" 130 '' '^sssrun: interrupted$'
same "with one line only, reading" 1 "$(wc -l <err)"
interrupt -e "require('sss').spawn(function() $lines end)"
expect "while the last task reads lines" 130 '' '^sssrun: interrupted$'
interrupt -e "local sss = require 'sss' sss.spawn(function() $lines end) sss.sleep(60)"
expect "while a task reads lines and the script waits" 130 '' '^sssrun: interrupted$'
LUA_INIT=$ready interrupt pipe
expect "while the script is a pipe that nobody has opened" 130 '' '^sssrun: interrupted$'
finish
