-- SPDX-License-Identifier: BSD-3-Clause
-- sss.copy: everything from one stream to another.

local sss, private = ...

local socket_class = private.class_of("sss.socket")
local is_open = private.is_open
local fast, to_string = private.fast, private.fast.to_string

local function check_stream(value, n)
    if getmetatable(value) ~= socket_class then
        private.bad_argument(n, "copy", "socket expected, got " .. type(value))
    elseif not is_open(value) then
        private.raise("copy: closed socket")
    elseif value.type ~= sss.SOCK.stream then
        private.bad_argument(n, "copy", "stream socket expected")
    end
end

-- Sends SIZE bytes at DATA, which stay in place until anything waits: how many went, and why not all.
local function send(to, data, size)
    local sent = fast.send(to, data, size)
    if sent == size then
        return size
    elseif not is_open(to) then
        return 0, "closed" -- while input was waited for
    end
    local rest, why, more = to:send(to_string(data + sent, size - sent))
    return sent + (rest or more), why
end

-- The same for a string.
local function send_string(to, data)
    if not is_open(to) then
        return 0, "closed"
    end
    local sent, why, some = to:send(data)
    return sent or some, why
end

-- sss.copy(from, to) -> bytes
function sss.copy(from, to)
    check_stream(from, 1)
    check_stream(to, 2)
    local total = 0
    while true do
        local data, size = fast.receive(from)
        if data == nil and size == nil then
            data, size = from:recv(65536)
        end
        if data == nil and size == "closed" then
            return total
        elseif data == nil then
            return nil, size, total
        end
        local sent, why
        if type(data) == "string" then
            sent, why = send_string(to, data)
        else
            sent, why = send(to, data, size)
        end
        total = total + sent
        if why then
            return nil, why, total
        end
    end
end
