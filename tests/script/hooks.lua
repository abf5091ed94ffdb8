-- SPDX-License-Identifier: BSD-3-Clause
-- Debug hooks that use sockets and try to wait: what they interrupt goes on as if they had not.

local sss = require "sss"
local t = require "harness"
local link = require "link"

-- Runs F with a hook that calls ACT at each event of MASK, or after each COUNT instructions. The
-- hook is everybody's, as LuaJIT has it.
local function hooked(mask, count, act, f)
    local calls = 0
    local function hook()
        calls = calls + 1
        act(calls)
    end
    local ok, err
    debug.sethook(hook, mask, count)
    ok, err = pcall(f)
    debug.sethook()
    if not ok then error(err, 0) end
    t.ok(calls > 0, "the number of calls")
end

local kinds = { { "", 1 }, { "", 3 }, { "", 17 }, { "crl" },
}

-- Name -> what the hook does. The main script may wait in one, a task cannot.
local function acts(other, spare)
    return {
        sleep = function() pcall(sss.sleep, 0) end,
        ["a longer sleep"] = function(n) if n % 50 == 1 then pcall(sss.sleep, 0.001) end end,
        yield = function() pcall(sss.yield) end,
        send = function(n) if n < 1000 then pcall(other.send, other, "x") end end,
        receive = function() pcall(spare.receive, spare, "l") end,
        recv = function() pcall(spare.recv, spare, 3) end,
        timeout = function(n) if n % 20 == 1 then pcall(sss.timeout, 0.001, sss.sleep, 1) end end,
        ["in a coroutine"] = function()
            pcall(coroutine.wrap(function() sss.sleep(0) end))
            pcall(sss.sleep, 0) -- it is still the hook
        end,
        wait = function() pcall(sss.wait, other, "w", 0) end,
        join = function(n) if n % 50 == 1 then pcall(function() sss.spawn(function() end):join() end) end end,
    }
end

-- What is interrupted: every kind of read, waits included, with what it has to give.
local function talk()
    local a, b = link.tcp()
    local writer = sss.spawn(function()
        for i = 1, 4 do
            sss.yield()
            b:send("line " .. i .. "\n")
            sss.yield()
            b:send("12345")
            b:send { "until ", "the end;" }
        end
        b:shutdown("write")
    end)
    for i = 1, 4 do
        t.eq(a:receive("l"), "line " .. i)
        t.eq(a:receive(5), "12345")
        t.eq(a:receiveuntil(";"), "until the end")
    end
    t.eq(t.pack(a:receive("l")), { n = 2, nil, "closed" })
    writer:join()
    link.close(a, b)
end

local function channels()
    local channel, got = sss.channel(), {}
    local sender = sss.spawn(function()
        for i = 1, 5 do channel:send(i) end
        channel:close()
    end)
    for value in channel do got[#got + 1] = value end
    sender:join()
    t.eq(got, { 1, 2, 3, 4, 5 })
end

local function in_coroutine()
    local a, b = link.tcp()
    local read = coroutine.wrap(function()
        for _ = 1, 3 do coroutine.yield(a:receive("l")) end
    end)
    local writer = sss.spawn(function()
        for i = 1, 3 do
            sss.yield()
            b:sendln(tostring(i))
        end
    end)
    for i = 1, 3 do t.eq(read(), tostring(i)) end
    writer:join()
    link.close(a, b)
end

local function sleeps()
    local began = sss.now()
    sss.sleep(0.01)
    t.ok(sss.now() - began >= 0.01, "the time of the sleep")
    t.eq(t.pack(sss.timeout(0.005, sss.sleep, 10)), { n = 2, nil, "timeout" })
    t.eq(sss.spawn(function() sss.sleep(0.001) return "joined" end):join(), "joined")
end

local function datagrams()
    local a, b = sss.listen("127.0.0.1:0", { type = "dgram" }), sss.listen("127.0.0.1:0", { type = "dgram" })
    local sender = sss.spawn(function()
        for i = 1, 4 do
            sss.yield()
            b:sendto("message " .. i, a:getsockname())
        end
    end)
    for i = 1, 4 do
        local data, from = a:recvfrom()
        t.eq(data, "message " .. i)
        t.eq(from == b:getsockname(), true)
    end
    sender:join()
    link.close(a, b)
end

local interrupted = { talk = talk, channels = channels, ["in a coroutine"] = in_coroutine,
    sleeps = sleeps, datagrams = datagrams }

for name, f in pairs(interrupted) do
    t.task("interrupted by a hook: " .. name, function()
        local other, peer = link.tcp()
        local spare, source = link.tcp()
        source:send(("spare\n"):rep(5000))
        for what, act in pairs(acts(other, spare)) do
            for _, kind in ipairs(kinds) do
                local ok, err = pcall(hooked, kind[1], kind[2], act, f)
                t.ok(ok, ("%s, %q %s: %s"):format(what, kind[1], tostring(kind[2]), tostring(err)))
            end
        end
        link.close(other, peer, spare, source)
    end)
end

t.test("the main script may wait in a hook", function()
    local slept = 0
    hooked("", 7, function()
        sss.sleep(0)
        slept = slept + 1
    end, function()
        local a, b = link.tcp()
        for i = 1, 20 do
            b:sendln(tostring(i))
            t.eq(a:receive("l"), tostring(i))
        end
        link.close(a, b)
    end)
    t.ok(slept > 0, "the number of sleeps")
end)

t.test("a task's hook is told that it cannot wait, and takes nobody's cancel", function()
    local codes = {}
    local task = sss.spawn(function() sss.sleep(1000) end)
    local canceller = sss.spawn(function()
        sss.yield()
        task:cancel()
    end)
    local main = coroutine.running()
    debug.sethook(function()
        if coroutine.running() == main then return end
        local ok, err = pcall(sss.sleep, 0.001)
        codes[ok or err.code] = true
    end, "", 1)
    local ok, err = pcall(task.join, task)
    debug.sethook()
    t.eq({ ok, err.code }, { false, "cancelled" })
    canceller:join()
    t.eq(codes, { ECANNOTWAIT = true })
end)

t.test("a hook sees what it interrupts, and is given back as it was set", function()
    local seen, lines = {}, 0
    local function hook(event, line)
        seen[debug.getinfo(2, "f").func] = true
        lines = lines + (event == "line" and line > 0 and 1 or 0)
    end
    local function f() return 1 + 1 end
    debug.sethook(hook, "crl", 1)
    f()
    local got, mask, count = debug.gethook()
    debug.sethook()
    t.eq({ got, mask, count }, { hook, "crl", 1 })
    t.ok(seen[f], "the function")
    t.ok(lines > 0, "the number of lines")
    t.eq(debug.gethook(), nil)
    debug.sethook((coroutine.running()), hook, "l")
    t.eq(debug.gethook(), hook)
    debug.sethook((coroutine.running()))
    t.eq(debug.gethook(), nil)
end)

t.test("a hook from before the module is loaded", function()
    local output, status = t.child.run [[
        local loaded
        local function hook() if loaded then pcall(loaded.sleep, 0) end end
        debug.sethook(hook, "", 1)
        local sss = require "sss"
        assert(debug.gethook() == hook)
        loaded = sss
        local a, b = sss.pair()
        local task = sss.spawn(function() return b:receive("l") end)
        sss.yield()
        a:sendln("text")
        print(task:join())]]
    t.eq({ output, status }, { "text\n", 0 })
end)

t.run()
