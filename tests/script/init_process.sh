# SPDX-License-Identifier: BSD-3-Clause
# The program as process 1, as it is in a container: signals end it there too.
. "$(dirname "$0")/lib/cli.sh"

if unshare --pid --fork --kill-child true 2>/dev/null; then
    alone='unshare --pid --fork --kill-child'
elif unshare --user --map-root-user --pid --fork --kill-child true 2>/dev/null; then
    alone='unshare --user --map-root-user --pid --fork --kill-child'
else
    echo "skip as process 1 (no process id namespaces here: unshare --pid fails)"
    echo "ok nothing to test"
    finish
fi

# run_first SCRIPT [COMMAND;]: runs SCRIPT as process 1, at most two minutes, after COMMAND.
run_first() {
    echo 'local sss = require "sss"' "$1" >script.lua
    # shellcheck disable=SC2086
    timeout -k 2 120 $alone sh -c "$2 exec \"\$SSSRUN\" script.lua" >out 2>err
    status=$?
}

# A signal from within counts as little as one from outside. In the background: while os.execute()
# waits, INT and QUIT are ignored.
signal() {
    echo "os.execute 'for i in $*; do sleep 0.2; kill -\$i 1; done &' "
}
interrupts='INT INT INT INT INT INT INT INT INT INT' # two that come at the same time are one

run_first 'os.exit(7)'
expect "the exit status" 7 '' ''
run_first "$(signal TERM) sss.sleep(100)"
expect "TERM ends it while it waits" 143 '' ''
run_first "$(signal TERM) while true do end"
expect "TERM ends it while it computes" 143 '' ''
run_first "$(signal HUP) sss.sleep(100)"
expect "HUP" 129 '' ''
run_first "$(signal QUIT) sss.sleep(100)"
expect "QUIT" 131 '' ''
run_first "$(signal INT) sss.sleep(100)"
expect "INT interrupts" 130 '' '^sssrun: interrupted$'
# shellcheck disable=SC2086
run_first "$(signal $interrupts) while true do pcall(sss.sleep, 10) end"
expect "a second INT kills" 130 '' ''
run_first "$(signal INT) local s = ('x'):rep(30) s:find(('.-'):rep(25) .. 'y')"
expect "INT kills when no Lua instruction is reached" 130 '' '^sssrun: interrupted$'
run_first "sss.onsignal('TERM', function() print 'bye' os.exit(3) end) $(signal TERM) sss.sleep(100)"
expect "the script's own handler is called" 3 bye ''
run_first "sss.onsignal('TERM', print) sss.onsignal('TERM', nil) $(signal TERM) sss.sleep(100)"
expect "when that is gone, TERM ends it again" 143 '' ''
run_first "local s = sss.signal 'TERM' $(signal USR2 TERM) print(s:wait())"
expect "TERM is waited for; what is not known to end it does not" 0 TERM ''
run_first "$(signal HUP) sss.sleep(0.5) print 'still here'" "trap '' HUP;"
expect "what is ignored stays ignored" 0 'still here' ''

# Two orphans: a shell leaves them, so that process 1, the master, is their parent next. Each tells
# its process id; the worker waits until there is no process with that id, which a zombie would be.
# Process 1 is told to stop only then.
run_first "sss.workers(1)
os.execute [[for i in 1 2; do sh -c 'echo \$\$ >orphan.'\$i'; sleep 0.2' & done]]
local file, id = nil, nil
for i = 1, 2 do
    repeat
        sss.sleep(0.01)
        file = io.open('orphan.' .. i)
        id = file and file:read '*n'
        if file then file:close() end
    until id
    while os.execute('kill -0 ' .. id .. ' 2>/dev/null') == true do sss.sleep(0.05) end
end
print 'reaped'
io.stdout:flush()
os.execute 'kill -TERM 1'
sss.sleep(100)"
expect "the master of workers reaps orphans" 0 reaped ''

run_first 'local ffi = require "ffi"
ffi.cdef "int fork(void); int kill(int, int); int getpid(void); int waitpid(int, int *, int);"
local pid = ffi.C.fork()
if pid == 0 then
    ffi.C.kill(ffi.C.getpid(), 15)
    os.exit(9)
end
local status = ffi.new "int[1]"
ffi.C.waitpid(pid, status, 0)
print(status[0])'
expect "a forked child is ended by the signal itself" 0 15 ''

echo 'while true do print "line" end' >script.lua
# shellcheck disable=SC2086
{ timeout -k 2 120 $alone "$SSSRUN" script.lua 2>err; echo $? >ended; } | head -n 1 >out
status=$(cat ended)
expect "a reader that leaves ends it" 141 line ''
finish
