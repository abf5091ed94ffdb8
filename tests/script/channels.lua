-- SPDX-License-Identifier: BSD-3-Clause
-- sss.channel: order, capacity, closing, waiting in both directions.

local sss = require "sss"
local t = require "harness"

local closed = { n = 2, nil, "closed" }

local function receive(channel) return t.pack(channel:receive()) end

-- Runs everything that can run now.
local function settle(turns)
    for _ = 1, turns or 5 do sss.yield() end
end

-- A task that receives until the end; what it got.
local function collect(channel)
    local got = {}
    return got, sss.spawn(function()
        for value in channel do got[#got + 1] = value end
    end)
end

local function send_all(channel, ...)
    local values = { ... }
    return sss.spawn(function()
        for _, value in ipairs(values) do channel:send(value) end
    end)
end

t.task("without capacity a send waits for its receiver", function()
    local channel, sent = sss.channel(), 0
    local sender = sss.spawn(function()
        for i = 1, 3 do
            channel:send(i)
            sent = i
        end
    end)
    settle()
    t.eq(sent, 0)
    t.eq(#channel, 0)
    for i = 1, 3 do
        t.eq(receive(channel), { n = 1, i })
        settle()
        t.eq(sent, i)
    end
    sender:join()
end)

t.task("a receive waits for its sender", function()
    local channel = sss.channel()
    local receiver = sss.spawn(function() return channel:receive() end)
    settle()
    t.eq(receiver.status, "waiting")
    t.eq(channel:send("x"), channel)
    t.eq(receiver:join(), "x")
end)

t.task("with capacity so many sends need not wait", function()
    for _, capacity in ipairs { 1, 2, 7, 1000 } do
        local channel, sent = sss.channel(capacity), 0
        local sender = sss.spawn(function()
            for i = 1, capacity + 3 do
                channel:send(i)
                sent = i
            end
        end)
        settle(5 + capacity / 10)
        t.eq(sent, capacity)
        t.eq(#channel, capacity)
        for i = 1, capacity + 3 do t.eq(channel:receive(), i) end
        sender:join()
        t.eq(#channel, 0)
    end
end)

t.task("any value but nil", function()
    local channel = sss.channel(10)
    local values = { false, true, 0, "", {}, print, channel, sss.AF, coroutine.create(print), 0 / 0 }
    for i = 1, 9 do channel:send(values[i]) end
    for i = 1, 9 do t.ok(rawequal(channel:receive(), values[i]), "value " .. i) end
    t.raises("bad argument #1 to 'send' %(any value but nil expected%)", channel.send, channel, nil)
    t.raises("bad argument #1 to 'send'", channel.send, channel)
    local waiting = send_all(sss.channel(), 1)
    local rendezvous = sss.channel()
    local sender = send_all(rendezvous, false, channel)
    t.eq(rendezvous:receive(), false)
    t.eq(rendezvous:receive(), channel)
    sender:join()
    waiting:cancel()
    pcall(waiting.join, waiting)
end)

t.task("senders are served in their order", function()
    for capacity = 0, 3 do
        local channel, senders = sss.channel(capacity), {}
        for i = 1, 10 do
            senders[i] = send_all(channel, i)
            sss.yield()
        end
        for i = 1, 10 do t.eq(channel:receive(), i) end
        for i = 1, 10 do senders[i]:join() end
    end
end)

t.task("receivers are served in their order", function()
    for capacity = 0, 3 do
        local channel, receivers = sss.channel(capacity), {}
        for i = 1, 10 do
            receivers[i] = sss.spawn(function() return channel:receive() end)
            sss.yield()
        end
        for i = 1, 10 do channel:send(i) end
        for i = 1, 10 do t.eq(receivers[i]:join(), i) end
    end
end)

t.task("who comes late does not overtake", function()
    local channel, log = sss.channel(1), {}
    local function note(who) log[#log + 1] = who .. channel:receive() end
    local first = sss.spawn(note, "first ")
    settle()
    channel:send(1) -- for the first, who has not run yet
    t.eq(#channel, 0)
    local second = sss.spawn(note, "second ")
    settle()
    t.eq(log, { "first 1" })
    channel:send(2)
    second:join()
    first:join()
    t.eq(log, { "first 1", "second 2" })
end)

t.task("iteration ends with the channel", function()
    local channel = sss.channel(2)
    local got, receiver = collect(channel)
    for i = 1, 20 do channel:send(i) end
    channel:close()
    receiver:join()
    t.eq(#got, 20)
    for i = 1, 20 do t.eq(got[i], i) end
end)

t.task("a false value does not end an iteration", function()
    local channel = sss.channel(3)
    channel:send(1):send(false):send(2):close()
    local got = {}
    for value in channel do got[#got + 1] = value end
    t.eq(got, { 1, false, 2 })
end)

t.task("close lets what is in it be received", function()
    local channel = sss.channel(3)
    channel:send(1):send(2)
    t.eq(channel:close(), channel)
    t.eq(#channel, 2)
    t.eq(receive(channel), { n = 1, 1 })
    t.eq(receive(channel), { n = 1, 2 })
    t.eq(receive(channel), closed)
    t.eq(receive(channel), closed)
    t.eq(channel:close(), channel)
    t.eq(receive(channel), closed)
end)

t.task("close wakes all receivers", function()
    local channel, receivers = sss.channel(), {}
    for i = 1, 5 do receivers[i] = sss.spawn(receive, channel) end
    settle()
    channel:close()
    for i = 1, 5 do t.eq(receivers[i]:join(), closed) end
end)

t.task("close wakes all senders, whose values are gone", function()
    local channel, senders = sss.channel(1), {}
    channel:send("in it")
    for i = 1, 5 do senders[i] = send_all(channel, i) end
    settle()
    channel:close()
    for i = 1, 5 do
        local err = t.raises("EPIPE", senders[i].join, senders[i])
        t.eq(tostring(err), "send: closed channel")
        t.eq(err.op, "send")
    end
    t.eq(receive(channel), { n = 1, "in it" })
    t.eq(receive(channel), closed)
end)

t.task("a send after close is an error", function()
    local channel = sss.channel(1)
    channel:close()
    t.raises("EPIPE", channel.send, channel, 1)
    t.eq(#channel, 0)
end)

t.task("close right behind a send that woke a receiver", function()
    local channel = sss.channel()
    local receivers = {}
    for i = 1, 3 do receivers[i] = sss.spawn(receive, channel) end
    settle()
    channel:send("one")
    channel:close()
    t.eq(receive(channel), closed)
    t.eq(receivers[1]:join(), { n = 1, "one" })
    t.eq(receivers[2]:join(), closed)
    t.eq(receivers[3]:join(), closed)
end)

t.task("a receiver that is cancelled leaves its value, also in a closed channel", function()
    local channel = sss.channel()
    local receiver = sss.spawn(receive, channel)
    settle()
    channel:send("one")
    channel:close()
    receiver:cancel()
    t.eq(receive(channel), { n = 1, "one" })
    t.raises("cancelled", receiver.join, receiver)
    t.eq(receive(channel), closed)
end)

t.task("capacity is a whole number from 0", function()
    for _, value in ipairs { -1, 0.5, 1 / 0, -1 / 0, 0 / 0, 2 ^ 31, "1", {}, true, false } do
        t.raises("bad argument #1 to 'channel' %(whole number from 0 to 2147483647 expected, got ",
            sss.channel, value)
    end
    t.eq(tostring(sss.channel(2 ^ 31 - 1)), "channel: 0 of 2147483647")
end)

t.task("text, length, methods of something else", function()
    local channel = sss.channel(2)
    channel:send(1)
    t.eq(tostring(channel), "channel: 1 of 2")
    t.eq(#channel, 1)
    channel:close()
    t.eq(tostring(channel), "channel: 1 of 2, closed")
    for _, name in ipairs { "send", "receive", "close" } do
        t.raises("calling '" .. name .. "' on bad self %(channel expected, got ", channel[name], {})
        t.raises("calling '" .. name .. "' on bad self %(channel expected, got nil%)", channel[name])
    end
end)

t.task("many of both sides", function()
    for _, capacity in ipairs { 0, 1, 5 } do
        local channel, senders, receivers, seen = sss.channel(capacity), {}, {}, {}
        for s = 1, 7 do
            senders[s] = sss.spawn(function()
                for i = 1, 50 do channel:send(s * 1000 + i) end
            end)
        end
        for r = 1, 3 do
            receivers[r] = sss.spawn(function()
                local last = {}
                for value in channel do
                    t.eq(seen[value], nil, "value " .. value)
                    seen[value] = true
                    local s = math.floor(value / 1000)
                    t.ok(value > (last[s] or 0), "the order")
                    last[s] = value
                end
            end)
        end
        for s = 1, 7 do senders[s]:join() end
        channel:close()
        for r = 1, 3 do receivers[r]:join() end
        for s = 1, 7 do
            for i = 1, 50 do t.ok(seen[s * 1000 + i], "value " .. s * 1000 + i) end
        end
    end
end)

t.task("the others get their turn although nobody has to wait", function()
    local channel, turns, stop = sss.channel(1), 0, false
    local other = sss.spawn(function()
        while not stop do
            turns = turns + 1
            sss.yield()
        end
    end)
    for i = 1, 2000 do
        channel:send(i)
        channel:receive()
    end
    stop = true
    t.ok(turns >= 10, "turns: " .. turns)
    other:join()
end)

t.task("inside an own coroutine", function()
    local channel = sss.channel()
    local sender = send_all(channel, 1, 2, 3)
    local generate = coroutine.wrap(function()
        for _ = 1, 3 do coroutine.yield(channel:receive() * 10) end
    end)
    t.eq({ generate(), generate(), generate() }, { 10, 20, 30 })
    sender:join()
end)

t.task("where a task cannot wait", function()
    local channel, in_task = sss.channel(1), sss.channel(1)
    in_task:send("full")
    -- The main script waits everywhere, a task nowhere inside string.gsub.
    local task = sss.spawn(function()
        local function inside(f, ...)
            local arguments = t.pack(...)
            return pcall(string.gsub, "x", "x", function() f(unpack(arguments, 1, arguments.n)) end)
        end
        local ok, err = inside(channel.receive, channel)
        t.eq({ ok, err.code }, { false, "ECANNOTWAIT" })
        ok, err = inside(in_task.send, in_task, "lost")
        t.eq({ ok, err.code }, { false, "ECANNOTWAIT" })
        for _ = 1, 300 do -- what need not wait can be done everywhere
            t.ok(inside(channel.send, channel, "y"), "send")
            t.ok(inside(channel.receive, channel), "receive")
        end
    end)
    task:join()
    t.eq(in_task:receive(), "full")
    t.eq({ #channel, #in_task }, { 0, 0 })
    local waiting = send_all(channel, "z")
    t.eq(channel:receive(), "z") -- not swallowed by the receive that failed
    waiting:join()
end)

-- IN_BETWEEN is called by the finalizer before it sends.
local function finalizer_sends(in_between)
    local channel, sent = sss.channel(100), 0
    local task = sss.spawn(function()
        sss.yield()
        for _ = 1, 20 do -- cancelled by now, and not told
            local object = newproxy(true)
            getmetatable(object).__gc = function()
                sent = sent + 1
                local number = sent
                in_between()
                channel:send(number)
            end
        end
        collectgarbage()
        collectgarbage()
        return select(2, pcall(sss.yield))
    end)
    sss.yield()
    task:cancel()
    t.eq(task:join().code, "cancelled")
    t.eq({ #channel, sent }, { 20, 20 })
    local sum = 0 -- a collection in a finalizer runs the next ones inside of it
    for _ = 1, 20 do sum = sum + channel:receive() end
    t.eq(sum, 210)
end

t.task("a finalizer sends, and takes nobody's cancel away", function()
    finalizer_sends(function() end)
end)

t.task("a finalizer that collects garbage takes nobody's cancel away", function()
    finalizer_sends(collectgarbage)
    finalizer_sends(function() collectgarbage("restart") end)
end)

t.test("a channel that nobody can serve any more is a deadlock", function()
    local output, status = t.child.run [[
        local sss = require "sss"
        local channel = sss.channel()
        sss.spawn(function() channel:receive() end)
        print(pcall(channel.send, channel, 1))
        print(pcall(channel.send, channel, 2))]]
    t.match(output, "^true\tchannel: 0 of 0\nfalse\tsend: ")
    t.eq(status, 0)
    output, status = t.child.run [[
        local sss = require "sss"
        sss.spawn(function() sss.channel():receive() end)]]
    t.match(output, "deadlock: 1 task waits")
    t.eq(status, 1)
end)

t.test("memory stays steady", function()
    local channel = sss.channel(64)
    local sender = sss.spawn(function()
        for i = 1, 200000 do channel:send(i) end
        channel:close()
    end)
    local sum = 0
    for value in channel do
        sum = sum + 1
        if value % 50000 == 0 then
            collectgarbage()
            t.ok(collectgarbage("count") < 20000, "kB in use")
        end
    end
    t.eq(sum, 200000)
    sender:join()
end)

t.run()
