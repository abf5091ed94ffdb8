# SPDX-License-Identifier: BSD-3-Clause
# Programs that a script starts get the limit of descriptors that sssrun had, signals as usual, no
# descriptor of its own; and their output comes in its turn.
. "$(dirname "$0")/lib/cli.sh"
export SSSRUN

hard=$(ulimit -Hn)
[ "$hard" = unlimited ] && hard=1048576
[ "$hard" -gt 4096 ] && hard=4096

# limits SOFT HARD CODE: what CODE prints of the limits
limits() {
    (ulimit -Sn "$1" && ulimit -Hn "$2" && timeout 60 "$SSSRUN" -e "$3") 2>&1
}
both='ulimit -Sn; ulimit -Hn'
for soft in 64 256 1024 "$hard"; do
    [ "$soft" -le "$hard" ] || continue
    same "os.execute with $soft of $hard" "$soft $hard" \
        "$(echo $(limits "$soft" "$hard" "os.execute '$both'"))"
    same "io.popen with $soft of $hard" "$soft $hard" \
        "$(echo $(limits "$soft" "$hard" "io.write(io.popen('$both'):read 'a')"))"
    same "a popen that is written to, with $soft of $hard" "$soft $hard" \
        "$(echo $(limits "$soft" "$hard" "local p = io.popen('sh', 'w') p:write('$both\n') p:close()"))"
done
many='local files = {} for i = 1, 300 do files[i] = assert(io.open "/dev/null") end '
same "more descriptors open than a child may have" "128 128" "$(echo $(limits 128 "$hard" "$many
    io.stdout:setvbuf 'no' os.execute 'ulimit -Sn' io.write(io.popen('ulimit -Sn'):read 'a')"))"
same "the program itself keeps the raised one" "ok" "$(limits 128 "$hard" "os.execute ':'
    io.popen(':'):close() $many print 'ok'")"
same "a limit that the script has set stays" 200 "$(limits 128 "$hard" "local ffi = require 'ffi'
    ffi.cdef 'struct l { unsigned long s, h; }; int setrlimit(int, struct l *);'
    assert(ffi.C.setrlimit(7, ffi.new('struct l', 200, 300)) == 0) os.execute 'ulimit -Sn'")"
same "a child in a task" 128 "$(limits 128 "$hard" "local sss = require 'sss'
    sss.spawn(function() sss.sleep(0) os.execute 'ulimit -Sn' end)")"
same "workers keep the raised one, their children do not" "true 128" "$(limits 128 "$hard" "
    local sss = require 'sss' sss.workers(1, {grace = 0.1}) $many
    io.stdout:setvbuf 'no' io.write('true ') os.execute 'ulimit -Sn; kill -TERM \$(ps -o ppid= \$PPID)'
    sss.sleep(30)")"
echo 'os.execute "ulimit -Sn"' >main.lua
run build -o main main.lua
case $(uname -m)/$("$SSSRUN" -e 'io.write(jit.arch)') in
x86_64/x64 | aarch64/arm64) same "a child of a built program" 128 "$(ulimit -Sn 128 && ./main)" ;;
*) echo "skip a child of a built program (it is for another processor)" ;;
esac
if "$SSSRUN" -e 'print(pcall(require("ffi").load, "nosuch"))' | grep -q "static program"; then
    for call in 'execv("/bin/sh", list)' 'execvp("sh", list)' \
        'execve("/bin/sh", list, ffi.new("char *[1]"))' \
        'execl("/bin/sh", "sh", "-c", "ulimit -Sn", ffi.cast("char *", nil))'; do
        same "by ffi: ${call%%(*}" 128 "$(limits 128 "$hard" "local ffi = require 'ffi' ffi.cdef [[
            int execv(const char *, char *const *); int execvp(const char *, char *const *);
            int execve(const char *, char *const *, char *const *);
            int execl(const char *, const char *, ...);]]
            local words = ffi.new('const char *[4]', {'sh', '-c', 'ulimit -Sn'})
            local list = ffi.cast('char *const *', words)
            ffi.C.$call")"
    done
    same "a call that fails leaves the raised one" ok "$(limits 128 "$hard" "local ffi = require 'ffi'
        ffi.cdef 'int execv(const char *, char *const *);'
        assert(ffi.C.execv('/nosuch', ffi.new('char *[1]')) == -1 and ffi.errno() == 2)
        $many print 'ok'")"
fi

# Signals. (glibc's posix_spawn(3) ignores 32 and 33, which are its own.)
run -e 'os.execute "yes | head -n 1"'
expect "a writer whose reader leaves ends quietly" 0 y ''
run -e 'print(io.popen("yes"):read())'
expect "a child whose reader leaves" 0 y ''
cat >masks.lua <<'LUA'
local sss = require "sss"
for _, name in ipairs{"TERM", "HUP", "USR1", "CHLD", "PIPE"} do sss.onsignal(name, function() end) end
os.execute "grep -E '^Sig(Blk|Ign)' /proc/self/status"
io.write(io.popen "grep -E '^Sig(Blk|Ign)' /proc/self/status":read "a")
os.exit(0)
LUA
(trap '' PIPE && exec timeout 60 "$SSSRUN" masks.lua) >out 2>err
same "no signal is blocked or ignored in a child" "4 0000000000000000" \
    "$(grep -c . out) $(sed 's/.*\t//; s/0000000[01]80000000/0000000000000000/' out | sort -u)"

# Descriptors.
cat >open.lua <<'LUA'
local sss = require "sss"
local kept = {io.open("open.lua"), io.open("new", "w"), io.tmpfile(), sss.listen "127.0.0.1:0",
    io.popen("cat >/dev/null", "w"), io.popen("sleep 60 </dev/null"), io.lines("open.lua"), sss.pair()}
sss.spawn(function() sss.sleep(0) end):join()
io.stdout:setvbuf "no"
os.execute "ls /proc/self/fd | sort -n | tr '\n' ' '"
io.write(io.popen "ls /proc/self/fd | sort -n | tr '\n' ' '":read "a")
os.exit(0)
LUA
sh -c "ls /proc/self/fd | sort -n | tr '\n' ' '" >plain </dev/null # the test itself has inherited some
timeout 60 "$SSSRUN" open.lua >out 2>err </dev/null
same "a child has no descriptor of the program" "$(cat plain plain)" "$(cat out)"

# Results, as ever.
run -e 'print(os.execute "exit 3") print(os.execute "kill -9 $$") print(os.execute()) print(os.execute "")
    print(io.popen("exit 4"):close()) print(io.popen("kill -15 $$"):close()) print(io.popen("true"):close())
    print(io.popen("x", "rw")) print(io.popen("x", ""))  print(io.popen("echo e", "re"):read())'
expect "exit statuses" 0 "nil	exit	3
nil	signal	9
true
true	exit	0
nil	exit	4
nil	signal	15
true	exit	0
nil	x: Invalid argument	22
nil	x: Invalid argument	22
e" ''
run -e 'io.write "a " os.execute "printf \"b \"" io.write "c " local p = io.popen("cat", "w")
    p:write "d " p:close() io.write "e " os.execute "printf f" print()'
expect "output comes in its turn" 0 "a b c d e f" ''
run -e 'local p = {} for i = 1, 20 do p[i] = io.popen("cat", "w") end for i = 1, 20 do p[i]:write(i, " ")
    assert(p[i]:close()) end'
expect "many at once, each with its end" 0 "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 " ''
finish
