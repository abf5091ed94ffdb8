-- SPDX-License-Identifier: BSD-3-Clause
-- Reading for compiled code: by ffi, as far as nothing is unusual; see src/socket/fast.h.

local sss, private = ...

local ffi = require "ffi"
local to_string, getmetatable, type = ffi.string, getmetatable, type
local nesting, park, finish = private.nesting, private.park, private.finish
local yield = coroutine.yield

local read = ffi.cast("int (*)(void *, int, int, const char *, int)", private.fast_read)
local read_message = ffi.cast("int (*)(void *, int, int)", private.fast_recvfrom)
local taken = ffi.cast("void (*)(void)", private.fast_taken)
local finish_fast = ffi.cast("int (*)(double)", private.fast_finish)
local found = ffi.cast(
    "struct { double serial; const char *data; int size, sender, fresh; } *", private.fast_found)
local NOTHING, DONE, PARKED = 0, 1, 2
local LINE, CHOMP, SOME, EXACT, UNTIL, ALL = 0, 1, 2, 3, 4, 5

private.fast = {
    to_string = to_string,
    send = ffi.cast("int (*)(void *, const char *, int)", private.fast_send),
    sendto = ffi.cast("int (*)(void *, const char *, int, void *)", private.fast_sendto),
}

-- After a call that gave STATE: has it been found, perhaps after a wait?
local function is_found(state, serial)
    if state ~= PARKED then
        return state == DONE
    end
    yield(park)
    return finish_fast(serial) ~= 0
end

-- What there is on the stream SELF, after a wait if need be: a pointer, and how many bytes; nil when
-- it can only be had by ordinary means. They stay in place until the next operation.
function private.fast.receive(self)
    local state = read(self, ALL, 0, nil, nesting.depth == 0)
    if state == NOTHING then
        return nil
    end
    local serial = found.serial
    if is_found(state, serial) then
        taken()
        return found.data, found.size
    end
    return finish(self, serial)
end

-- The result of a read() that gave STATE. OTHERWISE(self, argument, serial) has it by ordinary means:
-- from the beginning, or as the end of the wait SERIAL.
local function result(state, otherwise, self, argument)
    if state == NOTHING then
        return otherwise(self, argument)
    end
    local serial = found.serial
    if is_found(state, serial) then
        local data = to_string(found.data, found.size) -- without memory nothing is taken
        taken()
        return data
    end
    return otherwise(self, argument, serial)
end

local function by_ordinary(method)
    return function(self, argument, serial)
        if serial then
            return finish(self, argument, serial)
        end
        return method(self, argument)
    end
end

local form_of = {L = LINE, l = CHOMP, ["*L"] = LINE, ["*l"] = CHOMP}
local most = 2 ^ 20 -- bytes that are asked for at once

-- N as a number of bytes, 1 or more, to be read by ffi; or nil.
local function count_of(n)
    return type(n) == "number" and n >= 1 and n <= most and n % 1 == 0 and n or nil
end

local senders = private.senders -- number -> address object
local make_sender = private.sender

local function sender(number)
    local address = senders[number]
    if not address then
        address = make_sender(number)
        senders[number] = address
    end
    return address
end

-- Puts fast versions before the METHODS of CLASS (see private.class_of).
function private.fasten(methods, class)
    local receive, recv = methods.receive, methods.recv
    local receiveuntil, recvfrom = methods.receiveuntil, methods.recvfrom
    local other_receive, other_recv = by_ordinary(receive), by_ordinary(recv)
    local other_receiveuntil = by_ordinary(receiveuntil)

    -- socket:receive([what = "L" [, limit]])
    function methods.receive(self, what, limit, more)
        local form, count = what == nil and LINE or form_of[what], 0
        if not form then
            form, count = EXACT, count_of(what)
        end
        if not count or limit ~= nil or more ~= nil or getmetatable(self) ~= class then
            return receive(self, what, limit, more)
        end
        local state = read(self, form, count, nil, nesting.depth == 0)
        return result(state, other_receive, self, what)
    end

    -- socket:recv([n = 1024])
    function methods.recv(self, n, more)
        local count = n == nil and 1024 or count_of(n)
        if not count or more ~= nil or getmetatable(self) ~= class then
            return recv(self, n, more)
        end
        local state = read(self, SOME, count, nil, nesting.depth == 0)
        return result(state, other_recv, self, n)
    end

    -- socket:receiveuntil(delimiter [, {inclusive=, limit=}])
    function methods.receiveuntil(self, delimiter, options, more)
        local usual = type(delimiter) == "string" and #delimiter > 0 and options == nil
        if not usual or more ~= nil or getmetatable(self) ~= class then
            return receiveuntil(self, delimiter, options, more)
        end
        local state = read(self, UNTIL, #delimiter, delimiter, nesting.depth == 0)
        return result(state, other_receiveuntil, self, delimiter)
    end

    -- socket:recvfrom([n = 65536])
    function methods.recvfrom(self, n, more)
        local count = n == nil and 65536 or count_of(n)
        if not count or more ~= nil or getmetatable(self) ~= class then
            return recvfrom(self, n, more)
        end
        local state = read_message(self, count, nesting.depth == 0)
        if state == NOTHING then
            return recvfrom(self, n)
        end
        local serial = found.serial
        if is_found(state, serial) then
            local number = found.sender
            if found.fresh ~= 0 then
                senders[number] = nil
            end
            return to_string(found.data, found.size), sender(number)
        end
        return finish(self, n, serial)
    end
    -- For the iterator of lines.
    local in_time = private.in_time

    local function other_line(self, form, serial)
        return in_time(other_receive(self, form == LINE and "L" or "l", serial))
    end

    local function next_full(self)
        local state = read(self, LINE, 0, nil, nesting.depth == 0)
        return result(state, other_line, self, LINE)
    end

    local function next_chomped(self)
        local state = read(self, CHOMP, 0, nil, nesting.depth == 0)
        return result(state, other_line, self, CHOMP)
    end

    -- The iterator of lines in FORM of the socket SELF. It keeps as little as it can: it is a part of
    -- what an idle connection costs, and so is its frame.
    function private.fast.lines(self, form)
        if form == "l" or form == "*l" then
            return function()
                return next_chomped(self)
            end
        end
        return function()
            return next_full(self)
        end
    end
end
