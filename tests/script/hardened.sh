# SPDX-License-Identifier: BSD-3-Clause
# Where written memory cannot become executable, from the start or from a moment on, a script runs
# without compiled code, and says so if asked.
lib=$(cd "$(dirname "$0")/lib" && pwd)
. "$lib/cli.sh"
LUA_PATH="$lib/?.lua;;"
export LUA_PATH

cat >hot.lua <<'LUA'
local sum, words, cells = 0, {}, {}
for i = 1, 300000 do sum = sum + i % 7 end
for i = 1, 3000 do words[#words + 1] = ("%d"):format(i):rep(i % 3) end
for i = 1, 3000 do cells[i % 10] = (cells[i % 10] or 0) + #words[i] end
local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
for _ = 1, 200 do sum = sum + deep(20) end
for text in table.concat(words, " "):gmatch "%d+" do sum = sum + #text end
print(sum, cells[3], (jit.status()))
LUA
run hot.lua
want=$(cut -f 1,2 out)
expect "a loop that gets hot, where nothing is forbidden" 0 "$want	true" ''

# Runs the program with the arguments where KIND is forbidden: false if the system has no such thing.
kind=
hardened() {
    timeout 120 "$SSSRUN" "$lib/hardened.lua" "$kind" "$SSSRUN" "$@" >out 2>err
    status=$?
}

# An error is raised where C would call Lua.
cat >callback.lua <<'LUA'
local ffi = require "ffi"
local function add(n) return n + 1 end
for _ = 1, 3 do
    local ok, message = pcall(ffi.cast, "int (*)(int)", add)
    assert(not ok)
    print(message)
end
ffi.cdef "void qsort(void *, size_t, size_t, int (*)(const void *, const void *));"
print(pcall(ffi.C.qsort, ffi.new("int[4]"), 4, 4, function() return 0 end))
LUA
refused="no callbacks: the system forbids writable and executable memory"

cat >tasks.lua <<'LUA'
local sss = require "sss"
local a, b = sss.pair()
sss.spawn(function()
    for line in b:lines() do b:send(line:upper() .. "\n") end
end)
for i = 1, 2000 do
    a:send("line " .. i .. "\n")
    assert(a:receive "l" == "LINE " .. i)
end
a:close()
print("echoed", (jit.status()))
LUA

cat >work.lua <<'LUA'
local sss = require "sss"
local a = sss.listen "127.0.0.1:0"
local sum = 0
for i = 1, 300000 do sum = sum + i % 7 end
io.stdout:write(sum, " ", tostring(jit.status()), "\n")
io.stdout:flush()
sss.sleep(60)
LUA

from_the_start() {
    hardened hot.lua
    if [ "$status" = 77 ]; then
        echo "skip what is forbidden by $kind (this system does not have it)"
        return
    fi
    expect "$kind: a loop that gets hot" 0 "$want	false" ''
    hardened -v hot.lua
    same "$kind: -v tells that there is no JIT" \
        "JIT: off (the system forbids writable and executable memory)" "$(grep ^JIT out)"
    hardened --version
    same "$kind: and so does --version" 1 "$(grep -c "^JIT: off" out)"
    hardened -O3 -jon hot.lua
    expect "$kind: -jon does no harm" 0 "$want	false" ''
    hardened -e 'for _ = 1, 5 do jit.on() for _ = 1, 1e4 do end end' hot.lua
    expect "$kind: nor does jit.on()" 0 "$want	false" ''
    hardened -e 'jit.on(true, true) jit.flush() jit.opt.start("hotloop=1")' hot.lua
    expect "$kind: nor do other words to the compiler" 0 "$want	false" ''
    hardened callback.lua
    expect "$kind: a callback is refused" 0 "$refused
$refused
$refused
false	$refused" ''
    hardened tasks.lua
    expect "$kind: tasks and sockets" 0 "echoed	false" ''
    run build -o hot hot.lua
    timeout 120 "$SSSRUN" "$lib/hardened.lua" "$kind" ./hot >out 2>err
    status=$?
    expect "$kind: a built program" 0 "$want	false" ''
    timeout 120 "$SSSRUN" "$lib/hardened.lua" "$kind" "$SSSRUN" -w 2 work.lua >out 2>err &
    master=$!
    tries=0
    while [ "$(wc -l <out)" -lt 2 ] && [ "$tries" -lt 600 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -TERM "$master"
    wait "$master"
    same "$kind: workers" "899998 false 899998 false" "$(echo $(cat out))"
}
for kind in mdwe seccomp; do from_the_start; done

run -v -e ''
same "-v has no word of it elsewhere" 0 "$(grep -c "^JIT:" out)"

# From a moment on: what is compiled goes on, what is hot later stays interpreted.
cat >later.lua <<'LUA'
local ffi = require "ffi"
local hardened = require "hardened"
local function loop(n, odd)
    local sum = 0
    for i = 1, n do
        if i % 8 == odd then sum = sum + 2 elseif i % 3 == 0 then sum = sum - 1 else sum = sum + 1 end
    end
    return sum
end
local function fresh(n)
    return load("local s = 0 for i = 1, ... do s = s + i % " .. n .. " end return s")
end
local before = {loop(1000, 9), loop(1000, 1), loop(1000, 5), fresh(5)(5000)}
local back = ffi.cast("int (*)(int)", function(n) return n + 1 end)
local function again()
    local now = {loop(1000, 9), loop(1000, 1), loop(1000, 5), fresh(5)(5000)}
    for i, sum in ipairs(before) do assert(sum == now[i]) end
end
if not hardened[arg[1]]() then os.exit(77) end
for round = 1, 4 do
    again()
    for odd = 0, 7 do loop(1000, odd) end -- exits of compiled code that get hot now
    for n = 2, 9 do assert(fresh(n)(n * 100) == n * 100 * (n - 1) / 2) end
    jit.on()
    again()
    if round == 2 then jit.flush() end
end
for _ = 1, 1e4 do end
assert(not jit.status())
assert(back(3) == 4, "a callback made before")
setmetatable({}, {__gc = function() again() end})
local proxy = ffi.gc(ffi.new "int[1]", again)
proxy = nil
collectgarbage()
print "went on"
LUA
for kind in mdwe seccomp; do
    for options in -jon -Ohotloop=1,hotexit=1 "-Ohotloop=2,hotexit=2,sizemcode=4,maxmcode=16"; do
        run $options later.lua "$kind"
        [ "$status" = 77 ] || expect "$kind from a moment on, $options" 0 "went on" ''
    done
done

# Where memory for code cannot be had, or cannot be made writable again, the same.
cat >limits.lua <<'LUA'
local ffi = require "ffi"
ffi.cdef [[
struct limit { unsigned long now, most; };
int setrlimit(int, const struct limit *);
]]
local function loop(n)
    local s = 0
    for i = 1, 2000 do s = s + i % n end
    return s
end
if arg[2] == "compiled" then loop(3) end
local wanted = loop(7)
assert(ffi.C.setrlimit(tonumber(arg[1]), ffi.new("struct limit", 4096, 4096)) == 0)
for _ = 1, 50 do
    for i = 1, 100 do assert(i > 0) end
    assert(loop(7) == wanted)
end
print "went on"
LUA
case $SSSRUN in
*asan*) echo "skip limits of memory (the sanitizer needs more)" ;;
*)
    for how in compiled fresh; do
        run -Ohotloop=2 limits.lua 9 $how # RLIMIT_AS
        expect "a limit of address space, $how" 0 "went on" ''
        run -Ohotloop=2 limits.lua 2 $how # RLIMIT_DATA
        expect "a limit of data, $how" 0 "went on" ''
    done
    ;;
esac
finish
