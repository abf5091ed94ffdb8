-- SPDX-License-Identifier: BSD-3-Clause
-- sss.workers and -w: a worker whose script writes to its channel, or closes it, leaves the master
-- whole: it goes on with other workers, and starts this one again.

local sss = require "sss"
local t = require "harness"
local crew = require "crew"
local proc = require "proc"

-- In worker 1, when the file arg[2] is not there yet, CODE has its channel in `channel`; then it is
-- there. Every worker serves at arg[1].
local function start(code)
    local mark = t.tempname()
    local it = crew.start(([[
        local ffi = require "ffi"
        ffi.cdef "typedef struct { int a, b; } pair_t;"
        ffi.cdef "long write(int, const void *, size_t); int getpid(void); int kill(int, int);"
        ffi.cdef "int close(int); int dup(int); int dup2(int, int); int fork(void); int pause(void);"
        ffi.cdef "int getsockopt(int, int, int, void *, unsigned *); int shutdown(int, int);"
        local number = sss.workers(2, { grace = 1 })
        local C = ffi.C
        local server = sss.serve(arg[1], function(client) client:send("worker " .. number .. "\n") end)
        local first = number == 1 and not io.open(arg[2])
        local function find_channel()
            for fd = 3, 30 do
                local value, size = ffi.new("int[1]"), ffi.new("unsigned[1]", 4)
                if C.getsockopt(fd, 1, 39, value, size) == 0 and value[0] == 1 then return fd end
            end
        end
        local channel = first and find_channel()
        local function write(text) return C.write(channel, text, #text) end
        if first then io.open(arg[2], "w"):close() end
        print("at", server:address(), C.getpid())
        if first then
            sss.sleep(0.05)
            %s
        end]]):format(code), { plain = true, args = "127.0.0.1:0 " .. mark })
    return it
end

-- The first worker is buried and another takes its place; the master goes on as ever.
local function recovers(it, wanted)
    it:sees("sssrun: worker 1 %(pid %d+%) [^\n]*; started again as pid (%d+)\n")
    if wanted then it:sees(wanted) end
    local address = it:sees("at\t(%S+)\t%d+\n", 3)
    for _ = 1, 4 do t.match(crew.ask(address), "^worker [12]$") end
    it:signal("HUP")
    it:sees("at\t(%S+)\t%d+\n", 5)
    t.match(crew.ask(address), "^worker [12]$")
    t.ok(proc.descriptors(it.pid) < 30, "descriptors of the master")
    local memory = proc.kb(it.pid, "VmRSS")
    t.ok(t.sanitized or memory < 60 * 1024, "memory of the master: " .. memory .. " kB")
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
    t.ok(not output:find("traceback"), output)
end

local told = "sssrun: worker 1 %(pid (%d+)%) is killed: it has written to its master what is no request"

local texts = {
    ["a word"] = '"garbage\\n"',
    ["an empty line"] = '"\\n"',
    ["nothing but spaces"] = '"    \\n"',
    ["NULs"] = '("\\0"):rep(100) .. "\\n"',
    ["all bytes"] = '(function() local s = "" for i = 255, 0, -1 do s = s .. string.char(i) end return s end)()',
    ["a line that never ends"] = '("x"):rep(100000)',
    ["a long line"] = '("x"):rep(1000000) .. "\\n"',
    ["a request without what it asks for"] = '"listen\\n"',
    ["a request of an address that is none"] = '"listen x 1 1\\n"',
    ["a request with a name"] = '"listen localhost:80%20" .. "1%201 localhost:80 1\\n"',
    ["a request of no kind"] = '"listen 127.0.0.1:0%201%201 127.0.0.1:0 x\\n"',
    ["a request of a kind that is no number"] = '"listen 127.0.0.1:0%201%201 127.0.0.1:0 nan\\n"',
    ["a request with an unknown option"] = '"listen 127.0.0.1:0%201%201 127.0.0.1:0 1 x=1\\n"',
    ["a request with a wrong option"] = '"listen 127.0.0.1:0%201%201 127.0.0.1:0 1 backlog=-1\\n"',
    ["a request with half an option"] = '"listen 127.0.0.1:0%201%201 127.0.0.1:0 1 backlog\\n"',
    ["a request under another name"] = '"listen 127.0.0.1:1%201%201 127.0.0.1:0 1\\n"',
    ["another worker's listener"] = '"close " .. "127.0.0.1:0%201%201@2\\n"',
    ["a listener that is none"] = '"close x\\n"',
    ["nothing to close"] = '"close\\n"',
    ["a signal that is none"] = '"watch SEGV\\n"',
    ["no signal"] = '"watch\\n"',
    ["a number as a word"] = '"__index\\n"',
}

for name, text in pairs(texts) do
    t.test("written to the channel: " .. name, function()
        recovers(start("write(" .. text .. ") sss.sleep(1000)"), told)
    end)
end

-- What does not tell at once that something is wrong: it ends by KILL then.
local habits = {
    ["half a line"] = 'write("liste") sss.sleep(0.1)',
    ["half a request that would be whole"] = 'write("close 127.0.0.1:0%201%201@1") sss.sleep(0.1)',
    ["ready again and again"] = 'for i = 1, 10000 do write("ready\\n") end sss.sleep(0.1)',
    ["a signal of the master's own"] = 'write("watch TERM\\nwatch CHLD\\nwatch PIPE\\n") sss.sleep(0.1)',
    ["answers that it did not ask for"] = [[
        write("listen 127.0.0.1:0%201%202 127.0.0.1:0 1\n") sss.sleep(0.1)]],
}

for name, code in pairs(habits) do
    t.test("written to the channel: " .. name, function()
        recovers(start(code .. " C.kill(C.getpid(), 9)"), "worker 1 %(pid %d+%) was killed by signal (9)")
    end)
end

t.test("a flood of lines, without end", function()
    recovers(start([[
        print("floods", C.getpid())
        while true do write("ready\n") end]]):tap(function(it)
            local pid = tonumber(it:sees("floods\t(%d+)\n"))
            sss.sleep(1)
            crew.kill(pid, "KILL")
        end))
end)

t.test("a flood of lines does not keep the master from stopping", function()
    local it = start([[
        print("floods")
        while true do write("ready\n") end]])
    it:sees("flood(s)\n")
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 1, output)
end)

t.test("a flood of requests whose answers nobody takes", function()
    recovers(start([[
        for i = 1, 5000 do
            local name = "unix:@garbage" .. arg[2] .. i
            while write("listen " .. name .. "%201%201 " .. name .. " 1\n") < 0 do sss.sleep(0.001) end
        end
        sss.sleep(1000)]]), "sssrun: worker 1 %(pid %d+%) is kille(d)")
end)

t.test("the channel is closed", function()
    for _, code in ipairs { "C.close(channel)", "C.shutdown(channel, 2)", "C.shutdown(channel, 1)",
                                                    "C.dup2(0, channel)" } do
        recovers(start(code .. " while true do C.pause() end"),
            "sssrun: worker 1 %(pid %d+%) is killed: it has closed its channel to the maste(r)")
    end
end)

t.test("a child of the worker keeps the channel open", function()
    recovers(start([[
        local child = C.fork()
        if child == 0 then while true do C.pause() end end
        print("child", child)
        C.kill(C.getpid(), 9)]]):tap(function(it)
            local child = tonumber(it:sees("child\t(%d+)\n"))
            t.after(function() crew.kill(child, "KILL") end)
        end), "worker 1 %(pid %d+%) was killed by signal (9)")
end)

t.test("while one writes garbage, the others' clients are answered, and TERM stops all", function()
    local it = start([[write(("x\n"):rep(1000)) sss.sleep(1000)]])
    it:sees(told)
    it:signal("TERM")
    local output, status = it:finish(it:workers())
    t.eq(status, 0, output)
end)

t.run()
