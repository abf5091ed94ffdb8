-- SPDX-License-Identifier: BSD-3-Clause
-- What a client of the soak test does: kinds that behave well, whose bytes are checked, and others.

local sss = require "sss"
local pattern = require "pattern"

local clients = {}

local function ask(socket, word, one, two)
    socket:send(("%s %d %d\n"):format(word, one or 0, two or 0))
end

local function reset(socket)
    socket:setsockopt("linger", { on = true, seconds = 0 }):close()
end

-- Well behaved: each gives how many bytes it expected and how many of them came ------------------

local good = {}

function good.echo(socket, rng)
    local at, count = rng:int(0, 65535), rng:int(1, 4) * rng:int(1, 4000)
    ask(socket, "echo")
    local right = 0
    for i = 1, 4 do
        pattern.send(socket, at + i, count)
        right = right + pattern.receive(socket, at + i, count)
    end
    socket:shutdown("write")
    return 4 * count, socket:receive("a") == "" and right or 0
end

function good.source(socket, rng)
    local at, count = rng:int(0, 65535), rng:int(1, 60000)
    ask(socket, "source", at, count)
    local right = pattern.receive(socket, at, count)
    return count, socket:receive("a") == "" and right or 0
end

function good.whole(socket, rng)
    local at, count = rng:int(0, 65535), rng:int(1, 30000)
    ask(socket, "whole")
    pattern.send(socket, at, count)
    socket:shutdown("write")
    local right = pattern.receive(socket, at, count)
    return count, socket:receive("a") == "" and right or 0
end

function good.lines(socket, rng)
    local text = {}
    for i = 1, rng:int(1, 50) do
        text[i] = pattern.piece(rng:int(0, 65535), rng:int(0, 200)):gsub("\n", " ") .. "\n"
    end
    ask(socket, "lines")
    socket:send(text)
    local count, right = #table.concat(text), 0
    for i = 1, #text do
        if socket:receive("L") == text[i] then right = right + #text[i] end
    end
    return count, right
end

-- Badly behaved: whatever comes of it, nothing may be left behind --------------------------------

local bad = {}

function bad.reset(socket, rng)
    if rng:int(1, 2) == 1 then ask(socket, rng:pick { "echo", "wait", "whole" }) end
    reset(socket)
end

function bad.reset_amid(socket, rng)
    ask(socket, "source", 0, 2 ^ 20)
    socket:receive(rng:int(1, 50000))
    reset(socket)
end

function bad.vanish(socket)
    ask(socket, "source", 0, 2 ^ 18)
end

function bad.stall(socket, rng)
    socket:send("half a li")
    sss.timeout(rng:int(1, 50) / 100, socket.receive, socket)
end

function bad.garbage(socket, rng)
    socket:send(pattern.piece(rng:int(0, 65535), rng:int(1, 5000)))
    socket:send(("\255"):rep(rng:int(1, 20000)))
    socket:receive("a")
end

function bad.half_closed(socket, rng)
    socket:shutdown(rng:pick { "write", "both" })
    socket:receive("a")
end

-- A task of this side is cancelled while it waits.
function bad.cancelled(socket, rng)
    ask(socket, rng:pick { "wait", "echo" })
    local reader = sss.spawn(socket.receive, socket, "a")
    sss.sleep(rng:int(0, 20) / 100)
    reader:cancel()
    pcall(reader.join, reader)
end

function bad.sender_cancelled(socket)
    ask(socket, "doom", 30)
    local writer = sss.spawn(pattern.send, socket, 0, 2 ^ 24)
    sss.sleep(0.05)
    writer:cancel()
    pcall(writer.join, writer)
end

function bad.doomed(socket, rng)
    ask(socket, "doom", rng:int(0, 20))
    socket:receive("a")
end

local function names_of(kinds)
    local names = {}
    for name in pairs(kinds) do names[#names + 1] = name end
    table.sort(names)
    return names
end

local good_names, bad_names = names_of(good), names_of(bad)

-- The errors that a client of the bad kinds brings on itself.
local expected = { ECONNRESET = true, EPIPE = true, ENOTCONN = true, cancelled = true }

-- One client that behaves well, over SOCKET; TALLY gets what came of it.
function clients.good(socket, rng, tally)
    local name = rng:pick(good_names)
    local ok, wanted, right = pcall(good[name], socket, rng)
    if not ok then
        tally.failures = tally.failures + 1
        tally.first = tally.first or name .. ": " .. tostring(wanted)
        return
    end
    tally.bytes = tally.bytes + right
    tally.lost = tally.lost + wanted - right
    if wanted ~= right then tally.first = tally.first or name .. ": bytes are lost" end
end

function clients.bad(socket, rng, tally)
    local name = rng:pick(bad_names)
    local ok, err = pcall(bad[name], socket, rng)
    tally.bad = tally.bad + 1
    if not ok and not (type(err) == "table" and expected[err.code]) then
        tally.failures = tally.failures + 1
        tally.first = tally.first or name .. ": " .. tostring(err)
    end
end

return clients
