-- SPDX-License-Identifier: BSD-3-Clause
-- Peers that read slowly, or not at all, and peers that send a byte now and then.

local sss = require "sss"
local t = require "harness"
local served = require "served"

local GIB = 2 ^ 30
local ROOM = t.sanitized and 200 * 1024 or 8 * 1024 -- kB that a server may grow by

-- Ways to send a GiB, as the code of a handler. `block` has 64 KiB, `file` a GiB.
local floods = {
    ["sends in a loop"] = "for _ = 1, 16384 do client:send(block) end",
    ["sends arrays in a loop"] = "for _ = 1, 1024 do client:send(array) end",
    ["one send of a large array"] = "client:send(large)",
    ["sendfile"] = "client:sendfile(file)",
}

local setup = [[
local block = ("0123456789abcdef"):rep(4096)
local array, large, file = {}, {}, %q
for i = 1, 16 do array[i] = block end
for i = 1, 16384 do large[i] = block end
collectgarbage() collectgarbage()
]]

local handler = [[
local word = client:receive("l")
if word == "flood" then %s else client:send("fine\n") end]]

local function flooding(way, file)
    local server = served.start(handler:format(floods[way]), { setup = setup:format(file or "") })
    local other = server:connect()
    other:send("hello\n")
    t.eq(other:receive("a"), "fine\n")
    other:close()
    return server, server:kb("VmHWM")
end

local function gib_file()
    local path = t.tempname()
    t.eq(t.output_of(("truncate -s %d %s 2>&1"):format(GIB, path)), "")
    return path
end

-- Reads COUNT bytes in small pieces.
local function sip(client, count)
    for _ = 1, count / 1024 do t.eq(#client:receive(1024), 1024) end
end

for way in pairs(floods) do
    t.test("a GiB queued toward a slow reader: " .. way, function()
        local server, before = flooding(way, gib_file())
        local fds = server:descriptors()
        local slow, others = {}, {}
        for i = 1, 5 do
            slow[i] = server:connect()
            slow[i]:setsockopt("linger", { on = true, seconds = 0 })
            slow[i]:send("flood\n")
        end
        for i = 1, 5 do
            sip(slow[i], 256 * 1024)
            others[i] = server:connect()
            others[i]:send("hello\n")
            t.eq(others[i]:receive("a"), "fine\n")
            others[i]:close()
        end
        t.ok(server:idle_cpu(0.3) < 0.1, "CPU seconds while nobody reads")
        t.ok(server:kb("VmHWM") - before < ROOM, "kB grown: " .. server:kb("VmHWM") - before)
        for i = 1, 5 do slow[i]:close() end
        t.eq(server:settle(fds), fds, "descriptors")
    end)
end

t.test("a GiB arrives whole, in bounded memory", function()
    if t.sanitized then t.skip("too slow under a sanitizer") end
    local block = ("0123456789abcdef"):rep(4096)
    local server, before = flooding("one send of a large array")
    local client, got = server:connect(), 0
    client:send("flood\n")
    for _ = 1, GIB / 65536 do
        if client:receive(65536) ~= block then break end
        got = got + 65536
    end
    t.eq(got, GIB)
    t.eq(client:receive("a"), "")
    t.ok(server:kb("VmHWM") - before < ROOM, "kB grown: " .. server:kb("VmHWM") - before)
    client:close()
end)

t.test("a client that asks and never reads: the answers held back are bounded", function()
    local server = served.start([[
        for line in client:lines("L") do client:send(line) client:send(line) end]])
    local client = server:connect():settimeout { send = 0.2 }
    client:setsockopt("linger", { on = true, seconds = 0 })
    local before, sent, block = server:kb("VmHWM"), 0, ("x"):rep(1023) .. "\n"
    block = block:rep(64)
    while client:send(block) do sent = sent + #block end
    t.ok(sent < 2 ^ 26, "bytes that were taken in: " .. sent)
    t.ok(server:idle_cpu(0.3) < 0.1, "CPU seconds")
    t.ok(server:kb("VmHWM") - before < ROOM, "kB grown: " .. server:kb("VmHWM") - before)
    client:close()
end)

-- Sends a byte every 50 ms until the peer has had enough.
local function drip(client)
    while pcall(client.send, client, "x") do sss.sleep(0.05) end
end

-- What a server, whose handler is CODE and tells how its reading ended, says to one that sends slowly.
-- It waits for the client's end, as a byte that comes after a close would reset the connection.
local function dripped(code)
    local server = served.start(code .. [[
        client:shutdown("write"):settimeout(60)
        client:receive("a")]])
    local began = sss.now()
    local client = server:connect()
    local dripping = sss.spawn(drip, client)
    client:settimeout { receive = t.patience } -- who waits for the last byte waits for ever
    local answer = client:receive("a")
    local took = sss.now() - began
    dripping:cancel()
    client:close()
    return answer, took
end

t.task("a byte now and then: sss.timeout is a deadline for all of it", function()
    local answer, took = dripped [[
        local line, why = sss.timeout(0.5, client.receive, client)
        client:send(tostring(line) .. " " .. tostring(why) .. " " .. #client:peek())]]
    t.match(answer, "^nil timeout %d+$")
    t.ok(tonumber(answer:match("%d+$")) >= 1, "bytes that are kept: " .. answer)
    t.ok(took >= 0.5, "seconds: " .. took)
end)

t.task("a byte now and then: settimeout is for a whole call", function()
    local answer, took = dripped [[
        client:settimeout(0.5)
        local line, why = client:receive()
        client:send(tostring(line) .. " " .. tostring(why))]]
    t.eq(answer, "nil timeout")
    t.ok(took >= 0.5, "seconds: " .. took)
end)

t.task("a byte now and then: reading what is there has a timeout for each read", function()
    local answer, took = dripped [[
        client:settimeout(2)
        local got = 0
        while got < 50 do got = got + #client:recv(10) end
        client:send("got " .. got)]]
    t.match(answer, "^got %d+$")
    t.ok(took > 2, "seconds: " .. took)
end)

t.test("two hundred that send a byte now and then cost nearly nothing", function()
    local server = served.start([[
        local line, why = sss.timeout(60, client.receive, client)]])
    local clients = {}
    for i = 1, 200 do clients[i] = server:connect() end
    local before = server:cpu()
    for _ = 1, 10 do
        for i = 1, 200 do clients[i]:send("x") end
        sss.sleep(0.05)
    end
    t.ok(server:cpu() - before < (t.sanitized and 3 or 0.5), "CPU seconds: " .. server:cpu() - before)
    for i = 1, 200 do clients[i]:close() end
end)

t.run()
