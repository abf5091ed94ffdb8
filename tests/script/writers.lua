-- SPDX-License-Identifier: BSD-3-Clause
-- Several tasks that send on one socket: each send is whole, and they go out in their order.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local random = require "random"

local over_all, over_one = link.over_all, link.over_one

-- More than the system takes at once.
local large = ("x"):rep(4 * 2 ^ 20)

local function compute(seconds)
    local until_then = sss.now() + seconds
    while sss.now() < until_then do end
end

over_all("a send waits for the one before it", function(a, b)
    local first = sss.spawn(function() return a:send(large) end)
    sss.yield()
    t.eq(first.status, "waiting")
    local others = {}
    for i = 1, 20 do
        others[i] = sss.spawn(function()
            if i % 4 == 0 then return a:sendln(tostring(i)) end
            if i % 4 == 1 then return a:send { tostring(i), "\r\n" } end
            return a:send(i .. "\r\n")
        end)
    end
    sss.yield()
    t.ok(b:receive(#large) == large, "the first")
    for i = 1, 20 do t.eq(b:receive "l", tostring(i)) end
    t.eq(first:join(), #large)
    for i, task in ipairs(others) do t.eq(task:join(), #tostring(i) + 2) end
end)

-- Whose slice of time is over lets the others go first: what he began to send is still his.
over_all("also when the one before it only lets others go first", function(a, b)
    for _ = 1, 5 do
        local tasks = {}
        for i = 1, 8 do
            tasks[i] = sss.spawn(function()
                compute(0.004)
                for j = 1, 3 do a:send(("%d %d\n"):format(i, j)) end
            end)
        end
        compute(0.03)
        local seen = {}
        for _ = 1, 24 do
            local i, j = b:receive "l":match("^(%d) (%d)$")
            t.eq(tonumber(j), (seen[i] or 0) + 1)
            seen[i] = tonumber(j)
        end
        for _, task in ipairs(tasks) do task:join() end
    end
end)

over_all("one that is cancelled, or late, leaves the queue", function(a, b)
    local first = sss.spawn(function() return a:send(large) end)
    sss.yield()
    local tasks = {}
    for i = 1, 6 do
        tasks[i] = sss.spawn(sss.timeout, i == 2 and 0.01 or 60, a.send, a, i .. "\n")
    end
    sss.yield()
    tasks[4]:cancel()
    t.ok(not pcall(tasks[4].join, tasks[4]), "cancelled")
    t.eq({ tasks[2]:join() }, { nil, "timeout" })
    t.ok(b:receive(#large) == large, "the first")
    for _, i in ipairs { 1, 3, 5, 6 } do
        t.eq(b:receive "l", tostring(i))
        t.eq(tasks[i]:join(), 2)
    end
    t.eq(first:join(), #large)
end)

over_one("a late send tells what went, and the next one follows", function(a, b)
    a:settimeout(0.02)
    local late = sss.spawn(function() return a:send(large) end)
    sss.yield()
    a:settimeout()
    local next_one = sss.spawn(function() return a:send("next\n") end)
    local sent, why, some = late:join()
    t.eq({ sent, why }, { nil, "timeout" })
    t.ok(some > 0 and some < #large, some)
    t.ok(b:receive(some) == large:sub(1, some), "what went")
    t.eq(b:receive "l", "next")
    t.eq(next_one:join(), 5)
end)

over_all("a file, a descriptor's readiness and a shutdown wait for their turn", function(a, b)
    local path = t.write_file(("f"):rep(100000))
    local tasks = {
        sss.spawn(function() return a:send(large) end),
        sss.spawn(function() return a:sendfile(path) end),
        sss.spawn(function() return a:flush() == a end),
        sss.spawn(function() return sss.wait(a, "w") end),
        sss.spawn(function() return a:send("last") end),
        sss.spawn(function() return a:shutdown("write") == a end),
    }
    sss.yield()
    for _, task in ipairs(tasks) do t.eq(task.status, "waiting") end
    t.ok(b:receive("a") == large .. ("f"):rep(100000) .. "last", "what has arrived")
    t.eq(tasks[1]:join(), #large)
    t.eq(tasks[2]:join(), 100000)
    t.eq(tasks[5]:join(), 4)
    for _, i in ipairs { 3, 4, 6 } do t.ok(tasks[i]:join(), i) end
end)

over_all("close ends all of them", function(a, b)
    local tasks = {}
    for i = 1, 5 do
        tasks[i] = sss.spawn(function() return a:send(large) end)
    end
    sss.yield()
    a:close()
    for _, task in ipairs(tasks) do
        local sent, why, some = task:join()
        t.eq({ sent, why }, { nil, "closed" })
        t.eq(type(some), "number")
    end
    b:close()
end)

over_all("a peer that is gone ends all of them", function(a, b)
    local tasks = {}
    for i = 1, 5 do
        tasks[i] = sss.spawn(function() return a:send(large) end)
    end
    sss.yield()
    b:close()
    for _, task in ipairs(tasks) do
        local ok, err = pcall(task.join, task)
        t.ok(not ok and (err.code == "EPIPE" or err.code == "ECONNRESET"), err)
    end
end)

t.task("datagrams", function()
    local a, b = sss.pair("dgram")
    local tasks, count = {}, 400
    for i = 1, count do
        tasks[i] = sss.spawn(function() return a:send(("%d"):format(i):rep(500)) end)
    end
    sss.yield()
    t.eq(tasks[count].status, "waiting")
    for i = 1, count do t.eq(b:recvfrom(8192), ("%d"):format(i):rep(500)) end
    for _, task in ipairs(tasks) do t.ok(task:join() >= 500, "sent") end
    link.close(a, b)
end)

-- Eight writers send blocks of random size; some are cancelled, some have little time. What they are
-- told went, in the order in which they were told, is what arrives.
local rounds = t.emulated and 100 or 1250 -- of each

local function some_data(rng, letter)
    local size = rng:int(1, rng:int(1, 100) == 1 and 2 ^ 19 or 2000)
    return ("%s%d "):format(letter, size) .. letter:rep(size)
end

-- Sends DATA; LIMIT: at most so many seconds.
local function send_block(socket, data, limit, ledger)
    socket:settimeout(limit)
    local ok, sent, why, some = pcall(socket.send, socket, data)
    if not ok then
        t.eq(sent.code, "cancelled")
        some = sent.sent
    elseif sent then
        t.eq(sent, #data)
        some = sent
    else
        t.eq(why, "timeout")
        t.ok(limit, "has a limit")
    end
    ledger[#ledger + 1] = data:sub(1, some)
end

local function write_blocks(rng, socket, letter, ledger)
    for _ = 1, rounds do
        local data, chance = some_data(rng, letter), rng:int(1, 10)
        local limit = chance == 1 and rng:int(0, 300) / 1e6 or nil
        local sending = sss.spawn(send_block, socket, data, limit, ledger)
        if chance == 2 then
            for _ = 1, rng:int(0, 3) do sss.yield() end
            sending:cancel()
        end
        local ok, err = pcall(sending.join, sending)
        t.ok(ok or err.code == "cancelled", err) -- before it began to send
    end
end

for _, kind in ipairs { "tcp", "unix" } do
    t.task("eight writers, random sizes, cancels and timeouts (" .. kind .. ")", function()
        local a, b = link.streams[kind]()
        local rng, ledger, tasks = random.new(), {}, {}
        for i = 1, 8 do
            tasks[i] = sss.spawn(write_blocks, rng, a, string.char(64 + i), ledger)
        end
        local reading = sss.spawn(function() return b:receive("a") end)
        for _, task in ipairs(tasks) do task:join() end
        a:close()
        local came, sent = reading:join(), table.concat(ledger)
        t.ok(#ledger > 7 * rounds, "most of them were tried")
        t.eq(#came, #sent)
        t.ok(came == sent, "whole and in order")
        b:close()
    end)
end

t.run()
