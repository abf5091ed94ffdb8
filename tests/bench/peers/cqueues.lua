-- SPDX-License-Identifier: BSD-3-Clause
-- cqueues: luajit cqueues.lua lines|bulk|http; prints its port and serves. Coroutines.
-- (It has no call that tells a datagram's sender: no udp.)
local kind = arg[1]
if kind == "hello" then print "hello" return end
local cqueues = require "cqueues"
local socket = require "cqueues.socket"
if kind == "check" then print "hello" return end

local here = arg[0]:match("^(.*)/") or "."
local http = dofile(here .. "/http.lua")
local loop = cqueues.new()
local handlers = {}

-- What is answered goes out when no input is left: one write for lines that came together.
local function flush_when_dry(client)
    if client:pending() == 0 then client:flush() end
end

function handlers.lines(client)
    for line in client:lines("*L") do
        client:write(line)
        flush_when_dry(client)
    end
end

function handlers.bulk(client)
    local data = client:read(-131072)
    while data do
        client:write(data)
        client:flush()
        data = client:read(-131072)
    end
end

-- The lines of a head up to the empty one.
local function read_head(client)
    local lines = {}
    for line in client:lines("*L") do
        if line == "\r\n" then return table.concat(lines) end
        lines[#lines + 1] = line
    end
end

function handlers.http(client)
    for head in read_head, client do
        local answer, close = http.answer(head)
        client:write(answer)
        flush_when_dry(client)
        if close then return client:flush() end
    end
end

local server = socket.listen { host = "127.0.0.1", port = 0, nodelay = true }
server:listen()
local _, _, port = server:localname()
print(port)
io.stdout:flush()
loop:wrap(function()
    for client in server:clients() do
        client:setmode("bf", "bf")
        client:setmaxline(-1)
        client:onerror(function(_, _, code) return code end)
        loop:wrap(function()
            handlers[kind](client)
            client:close()
        end)
    end
end)
assert(loop:loop())
