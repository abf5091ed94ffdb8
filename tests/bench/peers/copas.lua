-- SPDX-License-Identifier: BSD-3-Clause
-- copas (over LuaSocket): luajit copas.lua lines|bulk|http|udp; prints its port and serves.
local kind = arg[1]
if kind == "hello" then print "hello" return end
local copas = require "copas"
local socket = require "socket"
if kind == "check" then print "hello" return end

local here = arg[0]:match("^(.*)/") or "."
local http = dofile(here .. "/http.lua")
local handlers = {}

function handlers.lines(client)
    local line = client:receive("*l")
    while line do
        client:send(line .. "\n")
        line = client:receive("*l")
    end
end

function handlers.bulk(client)
    client:settimeout(0) -- receive returns what is there
    while true do
        local data, err, part = client:receive(131072)
        data = data or part
        if data and data ~= "" then client:send(data) end
        if err and err ~= "timeout" then return end
    end
end

local function read_head(client)
    local lines = {}
    local line = client:receive("*l")
    while line and line ~= "" do
        lines[#lines + 1] = line
        line = client:receive("*l")
    end
    return line and table.concat(lines, "\r\n") .. "\r\n"
end

function handlers.http(client)
    for head in read_head, client do
        local answer, close = http.answer(head)
        client:send(answer)
        if close then return end
    end
end

function handlers.udp(socket_of_all)
    while true do
        local data, ip, port = socket_of_all:receivefrom(65507)
        if data then socket_of_all:sendto(data, ip, port) end
    end
end

local server
if kind == "udp" then
    server = socket.udp()
    server:setsockname("127.0.0.1", 0)
else
    server = assert(socket.bind("127.0.0.1", 0, 4096))
end
local _, port = server:getsockname()
copas.addserver(server, function(client)
    if kind ~= "udp" then client:setoption("tcp-nodelay", true) end
    handlers[kind](copas.wrap(client))
    if kind ~= "udp" then client:close() end
end)
print(port)
io.stdout:flush()
copas.loop()
