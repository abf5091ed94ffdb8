-- SPDX-License-Identifier: BSD-3-Clause
-- luv (libuv for Lua): luajit luv.lua lines|bulk|http|udp; prints its port and serves. Callbacks.
local kind = arg[1]
if kind == "hello" then print "hello" return end
local uv = require "luv"
if kind == "check" then print "hello" return end

local here = arg[0]:match("^(.*)/") or "."
local http = dofile(here .. "/http.lua")

local function close(client)
    if not client:is_closing() then client:close() end
end

-- Calls f with all that has arrived and is not used up; f returns what to send and what to keep.
local function conversation(client, f)
    local rest = ""
    client:read_start(function(err, data)
        if err or not data then return close(client) end
        local answer, stop
        answer, rest, stop = f(rest == "" and data or rest .. data)
        if answer ~= "" then client:write(answer) end
        if stop then client:shutdown(function() close(client) end) end
    end)
end

-- Whole lines go back, all that are there in one write.
local function lines(data)
    local answers, at = {}, 1
    while true do
        local _, stop = data:find("\n", at, true)
        if not stop then break end
        answers[#answers + 1] = data:sub(at, stop)
        at = stop + 1
    end
    return answers[2] and table.concat(answers) or answers[1] or "", data:sub(at)
end

-- Back-pressure is the user's work here: no reading while much is still to be written.
local HIGH = 1048576

local function bulk(client)
    local paused = false
    local on_data
    local function written()
        if paused and not client:is_closing() and client:get_write_queue_size() < HIGH then
            paused = false
            client:read_start(on_data)
        end
    end
    function on_data(err, data)
        if err or not data then return close(client) end
        client:write(data, written)
        if client:get_write_queue_size() >= HIGH then
            paused = true
            client:read_stop()
        end
    end
    client:read_start(on_data)
end

local handlers = {
    lines = function(client) conversation(client, lines) end,
    http = function(client) conversation(client, http.answers) end,
    bulk = bulk,
}

local function tcp(handler)
    local server = uv.new_tcp()
    server:bind("127.0.0.1", 0)
    server:listen(4096, function(err)
        assert(not err, err)
        local client = uv.new_tcp()
        server:accept(client)
        client:nodelay(true)
        handler(client)
    end)
    return server
end

local function udp()
    local socket = uv.new_udp()
    socket:bind("127.0.0.1", 0)
    socket:recv_start(function(_, data, sender)
        if data and sender then socket:send(data, sender.ip, sender.port) end
    end)
    return socket
end

local server = kind == "udp" and udp() or tcp(handlers[kind])
print(server:getsockname().port)
io.stdout:flush()
uv.run()
