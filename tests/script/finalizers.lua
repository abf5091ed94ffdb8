-- SPDX-License-Identifier: BSD-3-Clause
-- What a finalizer may do: close, cancel, spawn, wake. It cannot wait, and what it raises is told.

local sss = require "sss"
local t = require "harness"
local link = require "link"

-- Garbage that calls F when it is collected.
local function finalizer(f)
    getmetatable(newproxy(true)).__gc = f
end

-- The same by FFI.
local function ffi_finalizer(f)
    local ffi = require "ffi"
    ffi.gc(ffi.new("int[1]"), f)
end

-- Calls F in a finalizer that MAKE makes; its results.
local function finalized(make, f)
    local results
    local function garbage() make(function() results = t.pack(pcall(f)) end) end
    garbage()
    for _ = 1, 10 do
        if results then break end
        collectgarbage()
    end
    return t.ok(results, "the finalizer's results")
end

-- Name -> what waits, or would if nothing were there.
local function waits(a, server)
    return {
        sleep = function() sss.sleep(0.001) end,
        ["sleep(0)"] = function() sss.sleep(0) end,
        yield = function() sss.yield() end,
        receive = function() a:receive() end,
        recv = function() a:recv(1) end,
        lines = function() for _ in a:lines() do break end end,
        send = function() a:send("never sent") end,
        ["send of many"] = function() a:send { "never", "sent" } end,
        accept = function() server:accept() end,
        connect = function() sss.connect(server:getsockname()) end,
        wait = function() sss.wait(a, "r") end,
        ["wait for a number"] = function() sss.wait(0, "r") end,
        join = function() sss.spawn(function() end):join() end,
        timeout = function() sss.timeout(1, sss.sleep, 0) end,
        channel = function() sss.channel():receive() end,
        ["in a coroutine"] = function() coroutine.wrap(function() sss.sleep(0) end)() end,
        ["in a coroutine's coroutine"] = function()
            coroutine.wrap(function() coroutine.wrap(function() a:recv(1) end)() end)()
        end,
        ["with the collector restarted"] = function() collectgarbage("restart") sss.sleep(0) end,
        ["after a collection of its own"] = function() collectgarbage() sss.sleep(0) end,
    }
end

for how, make in pairs { userdata = finalizer, cdata = ffi_finalizer } do
    t.task("a finalizer cannot wait, " .. how, function()
        local a, b = link.tcp()
        local server = sss.listen("127.0.0.1:0")
        b:send("some bytes\n")
        sss.wait(a, "r")
        for name, wait in pairs(waits(a, server)) do
            local results = finalized(make, wait)
            t.eq(results[1], false, name)
            t.eq(type(results[2]) == "table" and results[2].code or results[2], "ECANNOTWAIT", name)
        end
        t.eq(a:receive("l"), "some bytes")
        link.close(a, b, server)
    end)

    t.task("a finalizer cannot yield, " .. how, function()
        local results = finalized(make, function() coroutine.yield("astray") end)
        t.eq(results[1], false)
        t.match(results[2], "yield")
    end)

    t.task("a finalizer may close, spawn, cancel, wake, " .. how, function()
        local a, b = link.tcp()
        local ran = false
        local sleeper = sss.spawn(sss.sleep, 1000)
        local channel = sss.channel()
        local receiver = sss.spawn(function() return channel:receive() end)
        sss.yield()
        t.eq(finalized(make, function() a:close() end), { n = 1, true })
        t.eq(finalized(make, function() sss.spawn(function() ran = true end) end), { n = 1, true })
        t.eq(finalized(make, function() sleeper:cancel() end), { n = 1, true })
        t.eq(finalized(make, function() channel:close() end), { n = 1, true })
        t.eq({ b:receive() }, { nil, "closed" })
        t.raises("cancelled", sleeper.join, sleeper)
        receiver:join()
        t.eq(ran, true)
        b:close()
    end)
end

-- The collector calls it while an operation is being prepared, or its result made.
t.task("finalizers that try to wait leave the operations in between alone", function()
    local a, b = link.tcp()
    local count = 0
    local before = collectgarbage("setpause", 100)
    t.after(function() collectgarbage("setpause", before) end)
    for i = 1, 2000 do
        finalizer(function()
            count = count + 1
            pcall(b.recv, b, 1)
            pcall(b.send, b, "stray")
            pcall(sss.sleep, 0)
            pcall(sss.timeout, 0, sss.sleep, 1)
        end)
        a:send { "line ", tostring(i), "\n" }
        t.eq(b:receive("l"), "line " .. i)
        if i % 50 == 0 then sss.sleep(0) end
    end
    collectgarbage()
    t.eq(count, 2000)
    a:settimeout(0)
    t.eq({ a:recv(100) }, { nil, "timeout" })
    link.close(a, b)
end)

-- The collector never rests.
local function collect_always()
    local pause, step = collectgarbage("setpause", 0), collectgarbage("setstepmul", 1000000)
    t.after(function()
        collectgarbage("setpause", pause)
        collectgarbage("setstepmul", step)
    end)
    collectgarbage() -- the new pause counts from the end of a cycle
end

-- Calls F in the first finalizer that comes once READY() is true.
local function finalize_when(ready, f)
    finalizer(function()
        if ready() then f() else finalize_when(ready, f) end
    end)
end

-- send() makes an array of the parts when it has begun and does not wait yet.
t.task("a finalizer cancels a task that is about to wait", function()
    local a, b = link.tcp()
    local parts, many = {"x", "y"}, ("x"):rep(65536)
    local sender, sends, came
    a:settimeout(0)
    repeat until not a:send(many)
    a:settimeout(nil)
    sender = sss.spawn(function()
        collect_always()
        finalize_when(function() return sends end, function()
            came = sender.status
            sender:cancel()
        end)
        sends = true
        a:send(parts)
    end)
    sss.yield()
    t.eq(came, "running")
    sss.yield()
    t.eq(sender.status, "cancelled")
    link.close(a, b)
end)

t.test("what a finalizer raises is told, and the program goes on", function()
    local output, status = t.child.run [[
        local sss = require "sss"
        local function finalizer(f) getmetatable(newproxy(true)).__gc = f end
        finalizer(function() error("a text", 0) end)
        collectgarbage()
        finalizer(function() error({}) end)
        collectgarbage()
        finalizer(function() error(setmetatable({}, {__tostring = function() return "an object" end})) end)
        collectgarbage()
        finalizer(function() error(setmetatable({}, {__tostring = error})) end)
        collectgarbage()
        finalizer(function() error() end)
        collectgarbage()
        finalizer(function() local function f() return f() + 1 end return f() end)
        collectgarbage()
        finalizer(function() sss.sleep(1) end)
        collectgarbage()
        local ffi = require "ffi"
        ffi.gc(ffi.new("int[1]"), function() error("of cdata", 0) end)
        collectgarbage() collectgarbage()
        print "the end"
        LAST = newproxy(true)
        getmetatable(LAST).__gc = function() error("at the very end", 0) end]]
    t.eq(status, 0)
    local told = {}
    for text in output:gmatch("sssrun: error in a finalizer: ([^\n]*)") do told[#told + 1] = text end
    t.eq(told[1], "a text")
    t.eq(told[2], "(error object is a table value)")
    t.eq(told[3], "an object")
    t.match(told[4], "fails when it is to become text")
    t.eq(told[5], "(error object is a nil value)")
    t.match(output, "finalizer: [^\n]*stack overflow")
    t.match(output, "finalizer: sleep: a task cannot wait")
    t.match(output, "finalizer: of cdata\n")
    t.match(output, "\nthe end\n")
    t.match(output, "finalizer: at the very end\n$")
end)

t.test("a finalizer's error in a task is not the task's", function()
    local output, status = t.child.run [[
        local sss = require "sss"
        local task = sss.spawn(function()
            getmetatable(newproxy(true)).__gc = function() error("lost", 0) end
            collectgarbage()
            collectgarbage()
            sss.sleep(0)
            return "fine"
        end)
        print(task:join())]]
    t.eq({ output, status }, { "sssrun: error in a finalizer: lost\nfine\n", 0 })
end)

t.task("a handler of jit.attach() cannot wait", function()
    local results
    local function handler() results = results or t.pack(pcall(sss.sleep, 0)) end
    jit.attach(handler, "bc")
    t.after(function() jit.attach(handler) end)
    load("return function() return 1 end")
    t.eq(results[1], false)
    t.eq(results[2].code, "ECANNOTWAIT")
end)

t.run()
