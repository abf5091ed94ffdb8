-- SPDX-License-Identifier: BSD-3-Clause
-- Cancelling is exact: what was cancelled has happened, or it has not.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local cancelling = require "cancelling"

local timed_out, settle, ends_cancelled = cancelling.timed_out, cancelling.settle, cancelling.ends_cancelled

-- Sockets ----------------------------------------------------------------------------------------

t.task("a cancelled accept drops no client", function()
    local listener, address = link.listen()
    for round = 1, 10 do
        local acceptor = sss.spawn(function()
            local client = listener:accept()
            client:close()
            return "accepted"
        end)
        settle()
        local client = sss.connect(address)
        if round % 2 == 0 then settle() end
        acceptor:cancel()
        local ok, result = pcall(acceptor.join, acceptor)
        if ok then
            t.eq(result, "accepted")
        else
            t.eq(result.code, "cancelled")
            local accepted = listener:accept()
            accepted:send("still there\n")
            t.eq(client:receive("l"), "still there")
            accepted:close()
        end
        client:close()
    end
    link.close(listener)
end)

t.task("a race of accepts drops no client", function()
    local one, to_one = link.listen()
    local other, to_other = link.listen()
    local client, second = sss.connect(to_one), sss.connect(to_other)
    local which, accepted = sss.race(function() return (one:accept()) end,
        function() return (other:accept()) end)
    local rest = which == 1 and other or one
    link.close(accepted, client, second, (rest:accept()), one, other)
end)

t.task("a cancelled connect leaks nothing", function()
    local listener, address, fillers = link.deaf()
    for _ = 1, 5 do
        local own = sss.socket()
        local first = sss.spawn(sss.connect, address)
        local second = sss.spawn(own.connect, own, address)
        settle()
        t.eq({ first.status, second.status }, { "waiting", "waiting" })
        first:cancel()
        second:cancel()
        ends_cancelled(first)
        ends_cancelled(second)
        t.eq(t.pack(sss.timeout(0.001, sss.connect, address)), timed_out)
        own:close()
    end
    local probe = sss.socket("unix")
    t.ok(probe.fd < fillers[#fillers].fd + 12, "descriptor " .. probe.fd)
    link.close(listener, probe, unpack(fillers))
end)

t.task("a cancelled connect to a name leaks nothing", function()
    local listener, address = link.listen()
    for round = 1, 8 do
        local task = sss.spawn(function()
            local socket = sss.connect("localhost:" .. address.port)
            socket:close()
        end)
        for _ = 1, round do sss.sleep(0.0002) end
        task:cancel()
        pcall(task.join, task)
    end
    link.close(listener)
end)

t.task("a cancelled receive leaves the bytes", function()
    local a, b = sss.pair()
    for _ = 1, 5 do
        local reader = sss.spawn(a.receive, a, 10)
        settle()
        b:send("12345")
        settle() -- half of it has come
        reader:cancel()
        ends_cancelled(reader)
        b:send("67890")
        t.eq(a:receive(10), "1234567890")
    end
    local reader = sss.spawn(a.receive, a, "l")
    settle()
    b:send("line\n")
    reader:cancel() -- before it could read
    ends_cancelled(reader)
    t.eq(a:receive("l"), "line")
    link.close(a, b)
end)

t.task("a cancelled send has sent a beginning", function()
    local a, b = sss.pair()
    local data = ("0123456789"):rep(100000)
    local sender = sss.spawn(function() a:send(data) end)
    settle()
    sender:cancel()
    local err = ends_cancelled(sender)
    a:close()
    local got = b:receive("a")
    t.ok(#got > 0 and #got < #data, "bytes: " .. #got)
    t.ok(got == data:sub(1, #got), "the beginning")
    t.eq(err.sent, #got)
    link.close(b)
end)

-- Channels ---------------------------------------------------------------------------------------

t.task("a cancelled send to a channel duplicates nothing", function()
    for capacity = 0, 2 do
        local channel, acknowledged = sss.channel(capacity), {}
        for i = 1, 30 do
            local task = sss.spawn(function()
                channel:send(i)
                acknowledged[#acknowledged + 1] = i
            end)
            sss.yield()
            local taken
            if i % 3 == 0 then taken = channel:receive() end
            task:cancel()
            local ok = pcall(task.join, task)
            t.eq(ok, acknowledged[#acknowledged] == i)
            if taken then t.eq(taken, table.remove(acknowledged, 1)) end
        end
        channel:close()
        for value in channel do t.eq(value, table.remove(acknowledged, 1)) end
        t.eq(acknowledged, {})
    end
end)

t.task("a cancelled receive leaves the value to the next in the row", function()
    local channel, receivers = sss.channel(), {}
    for i = 1, 4 do
        receivers[i] = sss.spawn(channel.receive, channel)
        sss.yield()
    end
    channel:send("first") -- for the first receiver, who has not run yet
    channel:send("second")
    receivers[1]:cancel()
    ends_cancelled(receivers[1])
    t.eq(receivers[2]:join(), "first")
    t.eq(receivers[3]:join(), "second")
    t.eq(receivers[4].status, "waiting")
    receivers[4]:cancel()
    ends_cancelled(receivers[4])
    t.eq(#channel, 0)
end)

t.task("a race that is cancelled when it is won keeps what it won", function()
    local channel, results = sss.channel(), {}
    for order = 1, 2 do
        local task, code
        task = sss.spawn(function()
            local _, value = sss.race(function() return channel:receive() end)
            results[order] = value
            local _, err = pcall(sss.sleep, 100)
            code = err.code
        end)
        settle()
        if order == 1 then channel:send("value") end
        task:cancel()
        if order == 2 then channel:send("value") end
        local ok = pcall(task.join, task)
        if not ok then results[order] = channel:receive() end
        t.ok(not ok or code == "cancelled", "the cancel is told")
    end
    t.eq(results, { "value", "value" })
    t.eq(#channel, 0)
end)

t.run()
