-- SPDX-License-Identifier: BSD-3-Clause
-- How long calls wait: settimeout, timeouts of single calls, sss.timeout.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local timed_out = { n = 2, nil, "timeout" }

-- Runs f, which has to take at least `least` seconds (and far less than for ever).
local function takes(least, f)
    local begin = sss.now()
    local results = t.pack(f())
    local took = sss.now() - begin
    t.ok(took >= least - 0.001 and took < least + t.patience, ("%g s instead of %g"):format(took, least))
    return results
end

t.test("none is the default", function()
    t.eq(t.pack(sss.socket():gettimeout()), { n = 2 })
end)

t.test("the forms of settimeout", function()
    local s = sss.socket()
    local function after(value)
        s:settimeout(value)
        return t.pack(s:gettimeout())
    end
    t.eq(after(2), { n = 2, 2, 2 })
    t.eq(after { send = 1 }, { n = 2, 2, 1 })
    t.eq(after { receive = 0.25 }, { n = 2, 0.25, 1 })
    t.eq(after { send = 3, receive = 4 }, { n = 2, 4, 3 })
    t.eq(after { snd = 5, rcv = 6 }, { n = 2, 6, 5 })
    t.eq(after { snd = -1 }, { n = 2, 6, nil })
    t.eq(after(-1), { n = 2 })
    t.eq(after(0), { n = 2, 0, 0 })
    t.eq(after(nil), { n = 2 })
end)

t.test("settimeout without argument is none", function()
    local s = sss.socket()
    t.eq(s:settimeout(1):settimeout(), s)
    t.eq(s:gettimeout(), nil)
end)

t.test("what is no timeout is refused and changes nothing", function()
    local s = sss.socket():settimeout(3)
    for _, value in ipairs { "x", true, print, 0 / 0, { snd = "x" }, { snt = 1 }, { receive = {} },
        { 1, 2 } } do
        t.raises("bad argument #1 to 'settimeout'", s.settimeout, s, value)
        t.eq(t.pack(s:gettimeout()), { n = 2, 3, 3 })
    end
end)

t.task("receive times out", function()
    local a, b = sss.pair()
    a:settimeout { receive = 0.03 }
    for _, what in ipairs { "L", "l", "a", 5 } do
        local got = takes(0.03, function() return a:receive(what) end)
        t.eq(got[1], nil)
        t.eq(got[2], "timeout")
    end
    for _, name in ipairs { "recv", "peek", "recvfrom" } do
        t.eq(takes(0.03, function() return a[name](a) end), timed_out)
    end
    t.eq(takes(0.03, function() return a:receiveuntil("x") end), timed_out)
    link.close(a, b)
end)

t.task("half a line is kept when the rest is late", function()
    local a, b = sss.pair()
    a:settimeout(0.01)
    b:send("half ")
    t.eq(a:receive(), nil)
    t.eq(a:receive(), nil)
    b:send("line\n")
    t.eq(a:receive(), "half line\n")
    link.close(a, b)
end)

t.task("0 is only what is ready now", function()
    local a, b = sss.pair()
    a:settimeout(0)
    t.eq(t.pack(a:receive()), timed_out)
    b:send("ready\n")
    b:flush()
    t.eq(a:receive(), "ready\n")
    link.close(a, b)
end)

t.task("accept times out", function()
    local listener, address = link.listen()
    listener:settimeout(0.03)
    t.eq(takes(0.03, function() return listener:accept() end), timed_out)
    local client = sss.connect(address)
    link.close(listener:accept(), client, listener)
end)

t.task("connect times out", function()
    local listener, address, fillers = link.deaf()
    t.eq(takes(0.05, function() return sss.connect(address, { timeout = 0.05 }) end), timed_out)
    local s = sss.socket():settimeout { send = 0.05 }
    t.eq(takes(0.05, function() return s:connect(address) end), timed_out)
    link.close(s, listener, unpack(fillers))
end)

t.task("receiving and sending have their own", function()
    local a, b = sss.pair()
    a:settimeout { send = 0.01, receive = 0.06 }
    takes(0.06, function() t.eq(a:receive(), nil) end)
    a:settimeout { send = 0.01, receive = 1000 }
    t.eq(select(2, a:send(("x"):rep(2 ^ 24))), "timeout")
    link.close(a, b)
end)

t.task("a very long timeout is no short one", function()
    local a, b = sss.pair()
    for _, seconds in ipairs { 1e6, 2 ^ 31, 2 ^ 32, 1e10, 1e300, math.huge } do
        a:settimeout(seconds)
        local reader = sss.spawn(function() return a:receive() end)
        sss.yield()
        b:send("in time\n")
        b:flush()
        t.eq(reader:join(), "in time\n")
    end
    link.close(a, b)
end)

t.task("sss.timeout gives what the function gives", function()
    t.eq(t.pack(sss.timeout(1, function(...) return ... end, 1, nil, "x")), { n = 3, 1, nil, "x" })
    t.eq(t.pack(sss.timeout(1, function() end)), { n = 0 })
end)

t.task("sss.timeout ends what the function waits for", function()
    local a, b = sss.pair()
    t.eq(takes(0.03, function()
        return sss.timeout(0.03, function() return a:receive() end)
    end), timed_out)
    t.eq(takes(0.03, function()
        return sss.timeout(0.03, function() sss.sleep(1000) end)
    end), timed_out)
    b:send("later\n")
    t.eq(a:receive(), "later\n")
    link.close(a, b)
end)

t.task("sss.timeout loses nothing that was received", function()
    local a, b = sss.pair()
    b:send("half ")
    t.eq(sss.timeout(0.02, function() return a:receive() end), nil)
    b:send("line\n")
    t.eq(a:receive(), "half line\n")
    link.close(a, b)
end)

t.task("sss.timeout passes errors on", function()
    local err = { "an error" }
    local ok, got = pcall(sss.timeout, 1, error, err)
    t.ok(not ok and got == err, "the same error")
end)

t.task("sss.timeout nests: the inner is shorter", function()
    local outer = t.pack(sss.timeout(30, function()
        local inner = t.pack(sss.timeout(0.02, function() sss.sleep(1000) end))
        t.eq(inner, timed_out)
        return "went on"
    end))
    t.eq(outer, { n = 1, "went on" })
end)

t.task("sss.timeout nests: the outer is shorter", function()
    local reached = false
    local outer = takes(0.02, function()
        return sss.timeout(0.02, function()
            sss.timeout(30, function() sss.sleep(1000) end)
            reached = true
        end)
    end)
    t.eq(outer, timed_out)
    t.eq(reached, false, "the code after the inner one was reached")
end)

t.task("sss.timeout nests: both end at once", function()
    for _ = 1, 20 do
        t.eq(t.pack(sss.timeout(0.001, function()
            return sss.timeout(0.001, function() sss.sleep(1000) end)
        end)), timed_out)
    end
end)

t.task("a function that is done in time cancels the timer", function()
    for _ = 1, 100 do t.eq(sss.timeout(1000, function() return 1 end), 1) end
    sss.timeout(0.05, function() return 1 end)
    local begin = sss.now()
    sss.sleep(0.08) -- an old timer that fired now would end this early or raise
    t.ok(sss.now() - begin >= 0.079, "slept to the end")
end)

t.task("a timeout of a call inside sss.timeout", function()
    local a, b = sss.pair()
    a:settimeout(0.01)
    local got = t.pack(sss.timeout(30, function() return a:receive() end))
    t.eq(got, timed_out)
    link.close(a, b)
end)

t.task("sss.timeout refuses bad arguments", function()
    t.raises("bad argument #1 to 'timeout'", sss.timeout, "x", print)
    t.raises("bad argument #1 to 'timeout'", sss.timeout, 0 / 0, print)
    t.raises("bad argument #2 to 'timeout'", sss.timeout, 1)
    t.raises("bad argument #2 to 'timeout'", sss.timeout, 1, "x")
end)

t.task("now goes on and never back", function()
    local last = sss.now()
    for _ = 1, 1000 do
        local now = sss.now()
        t.ok(now >= last, "the order of time")
        last = now
    end
    t.ok(math.abs(sss.time() - os.time()) < t.patience, "the time of day")
end)

t.run()
