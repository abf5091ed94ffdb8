-- SPDX-License-Identifier: BSD-3-Clause
-- Many streams at once, which share the loop and its buffers: each keeps its own bytes.

-- Random sizes, read forms, pauses and timeouts. SEED repeats a run, TEST_SECONDS lengthens it.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local random = require "random"

local seconds = t.budget(1) -- for each test

-- Writes the stream in random pieces, in all forms of send.
local function write(socket, data, rng)
    for _, piece in ipairs(rng:cut(data, rng:pick { 20, 2000, 60000 })) do
        local form = rng:int(1, 3)
        if form == 1 then
            t.eq(socket:send(piece), #piece)
        elseif form == 2 then
            t.eq(socket:send(rng:cut(piece, 1000)), #piece)
        else
            socket:send(piece:sub(1, 3))
            socket:send(piece:sub(4))
        end
        if rng:int(1, 5) == 1 then sss.yield() end
    end
    socket:shutdown("write")
end

-- One read in a random form; only forms that return all that they consume.
local function read_once(socket, rng)
    socket:settimeout { receive = rng:pick { 0, 0.0005, 0.01 } }
    local form = rng:int(1, 4)
    if form == 1 then return socket:receive("L") end
    if form == 2 then return socket:recv(rng:pick { 1, 100, 100000 }) end
    if form == 3 then return socket:receiveuntil("\n", { inclusive = true }) end
    return socket:receive(rng:pick { 1, 50, 3000 })
end

local function read(socket, rng)
    local parts = {}
    while true do
        local data, why, rest = read_once(socket, rng)
        if data then
            parts[#parts + 1] = data
        elseif why == "closed" then
            parts[#parts + 1] = rest
            if not rest or rest == "" then break end
        else
            sss.yield()
        end
        if rng:int(1, 20) == 1 then sss.yield() end
    end
    return table.concat(parts)
end

local makers = { link.tcp, link.unix, link.pair }

-- One round: COUNT streams, each with a writer and a reader of its own.
local function round(rng, count)
    local readers, writers, sockets, wanted = {}, {}, {}, {}
    for i = 1, count do
        local a, b = rng:pick(makers)()
        sockets[#sockets + 1], sockets[#sockets + 2] = a, b
        wanted[i] = rng:stream(rng:int(0, 30000), rng:pick { 10, 100, 1000 })
        writers[i] = sss.spawn(write, b, wanted[i], rng)
        readers[i] = sss.spawn(read, a, rng)
    end
    for i = 1, count do
        writers[i]:join()
        t.ok(readers[i]:join() == wanted[i], "stream " .. i)
    end
    link.close(unpack(sockets))
end

t.task("many streams, one reader and one writer each", function()
    local rng = random.new()
    local finish, rounds = sss.now() + seconds, 0
    repeat
        round(rng, rng:int(2, 12))
        rounds = rounds + 1
    until sss.now() > finish
    print("# rounds: " .. rounds)
end)

-- Asks for COUNT answers in batches; the answers have to be the questions.
local function converse(socket, rng, count)
    local asked = 0
    while asked < count do
        local batch = {}
        for i = 1, rng:int(1, 30) do
            batch[i] = ("%d:%s\n"):format(asked + i, ("q"):rep(rng:pick { 0, 5, 100, 3000 }))
        end
        asked = asked + #batch
        local sender = sss.spawn(function() socket:send(batch) end)
        for i = 1, #batch do t.ok(socket:receive() == batch[i], "answer " .. batch[i]:sub(1, 20)) end
        sender:join()
    end
    socket:close()
end

-- Answers in all forms of send; while questions are unread, answers may be held back.
local function answer(client, rng)
    for line in client:lines("L") do
        local form = rng:int(1, 6)
        if form == 1 then
            client:send { line:sub(1, 1), line:sub(2) }
        elseif form == 2 then
            client:send(line)
            client:flush()
        elseif form == 3 then
            client:send(line:sub(1, 2))
            sss.yield()
            client:send(line:sub(3))
        else
            client:send(line)
        end
    end
end

t.task("batches of questions and answers, many clients", function()
    local rng = random.new()
    local server = sss.serve("127.0.0.1:0", function(client) answer(client, rng) end)
    local finish, answers = sss.now() + seconds, 0
    repeat
        local clients, count = {}, rng:int(1, 20)
        for i = 1, count do
            clients[i] = sss.spawn(function() converse(sss.connect(server:address()), rng, 100) end)
        end
        for i = 1, count do clients[i]:join() end
        answers = answers + count * 100
    until sss.now() > finish
    print("# answers: " .. answers)
    server:stop()
    server:join()
end)

t.task("connections that come and go", function()
    local rng = random.new()
    local server = sss.serve("127.0.0.1:0", function(client)
        local n = rng:int(0, 3)
        while n > 0 and client:receive() do n = n - 1 end -- leaves some unread
        client:send("bye\n")
    end)
    local finish, count = sss.now() + seconds, 0
    local function visit()
        local client = sss.connect(server:address())
        for _ = 1, rng:int(0, 5) do
            if not pcall(client.send, client, "hello\n") then break end
        end
        if rng:int(1, 2) == 1 then pcall(client.shutdown, client, "write") end
        if rng:int(1, 2) == 1 then
            client:settimeout(0.01)
            pcall(client.receive, client, "a")
        end
        client:close()
    end
    repeat
        local visitors = {}
        for i = 1, 10 do visitors[i] = sss.spawn(visit) end
        for i = 1, 10 do visitors[i]:join() end
        count = count + 10
    until sss.now() > finish
    print("# connections: " .. count)
    server:stop()
    server:join()
end)

t.run()
