-- SPDX-License-Identifier: BSD-3-Clause
-- The class of sockets, over the C functions.

local sss, private = ...

local waiting, chaining = private.waiting, private.chaining
local parse, resolve = private.address, sss.resolve

local class, address_class = private.class_of("sss.socket"), private.class_of("sss.address")
local raw = private.methods_of("sss.socket")
local fast = private.fast
local field = raw.field
local methods = {}
private.classes.socket = methods

for name, f in pairs(raw) do
    methods[name] = f
end
methods.field, methods.accept_client, methods.client_name, methods.is_open = nil, nil, nil, nil
private.is_open = raw.is_open
private.accept_client, private.client_name = waiting(raw.accept_client), raw.client_name

-- Whatever a script writes for an address, as an address object; names are resolved. Argument N of
-- the method NAME; DOMAIN: the family that it has to be of.
local function address_of(value, domain, name, n)
    local address, host, port, family = parse(value, domain, name, n)
    if address then
        return address
    end
    address = resolve(host, nil, {family = family})[1]
    return parse({host = address.host, port = port}, 0, name, n)
end
private.address_of = address_of

-- sss.tocaddress(t)
function sss.tocaddress(t)
    return address_of(t, 0, "tocaddress", 1)
end

-- sss.toladdress(a)
local toladdress = sss.toladdress
function sss.toladdress(a)
    return toladdress(address_of(a, 0, "toladdress", 1))
end

local function tag_of(self)
    local domain = field(self, "domain")
    if not domain then
        private.raise("socket expected, got " .. type(self))
    end
    return domain
end

local send, sendto = waiting(raw.send), waiting(raw.sendto)
local connect, bind = chaining(raw.connect), raw.bind

local timeout, now, gettimeout = sss.timeout, sss.now, raw.gettimeout

-- The time limit of a call that sends, connects or binds: seconds, and when it is over; or nil.
local function limit_of(self)
    local _, seconds = gettimeout(self)
    return seconds, seconds and now() + seconds
end

-- f(...), or nil, "timeout" when it has not ended before DEADLINE.
local function within(deadline, f, ...)
    if not deadline then
        return f(...)
    end
    return timeout(math.max(0, deadline - now()), f, ...)
end

-- socket:bind(address)
function methods.bind(self, address)
    local to, host, port, family = parse(address, tag_of(self), "bind", 1)
    if not to then
        local _, deadline = limit_of(self)
        local found, why = within(deadline, resolve, host, nil, {family = family})
        if not found then
            return nil, why
        end
        to = parse({host = found[1].host, port = port}, 0, "bind", 1)
    end
    return bind(self, to)
end

-- Tries one of several addresses: done, results; or not done, and why. What ends the task's wait,
-- a cancel or the end of a time, is no failure of the address, and is raised.
local function attempt(self, to, deadline)
    local ok, done, why = pcall(within, deadline, connect, self, to)
    if not ok and (type(done) ~= "table" or done.errno == 0) then
        error(done, 0)
    end
    return ok, done, why
end

-- socket:connect(address): of a name one address after the other, all within the socket's timeout
function methods.connect(self, address)
    local to, host, port, family = parse(address, tag_of(self), "connect", 1)
    if to then
        return connect(self, to)
    end
    local seconds, deadline = limit_of(self)
    local found, why = within(deadline, resolve, host, nil, {family = family})
    if not found then
        return nil, why
    end
    if seconds == 0 then
        deadline = nil -- what has begun goes on, as with an address
    end
    for i = 1, #found do
        local done, result
        to = parse({host = found[i].host, port = port}, 0, "connect", 1)
        done, result, why = attempt(self, to, deadline)
        if done then
            return result, why
        elseif i == #found then
            error(result, 0)
        end
    end
end

local type, getmetatable, sendto_fast = type, getmetatable, fast.sendto -- not looked up each time

-- Sends one datagram to what is no address object: a name is looked up, and its first address taken,
-- all within the socket's timeout.
local function send_to_other(self, data, address, name)
    local to, host, port, family = parse(address, tag_of(self), name, 2)
    if to then
        return sendto(self, data, to)
    end
    local _, deadline = limit_of(self)
    local found, why = within(deadline, resolve, host, nil, {family = family})
    if not found then
        return nil, why
    end
    return within(deadline, sendto, self, data, parse({host = found[1].host, port = port}, 0, name, 2))
end

-- Sends one datagram; NAME is the method's.
local function send_message(self, data, address, name)
    if getmetatable(address) ~= address_class then
        return send_to_other(self, data, address, name)
    end
    local failure = 0
    if type(data) == "string" and getmetatable(self) == class then
        local sent = sendto_fast(self, data, #data, address)
        if sent > 0 then
            return sent
        end
        failure = -sent
    end
    return sendto(self, data, address_of(address, tag_of(self), name, 2), failure)
end

-- socket:sendto(data, address)
function methods.sendto(self, data, address)
    if type(data) ~= "string" and type(data) ~= "table" and type(data) ~= "number" then
        private.bad_argument(1, "sendto", "string or array of strings expected, got "
            .. (data == nil and "no value" or type(data)))
    end
    return send_message(self, data, address, "sendto")
end

-- socket:send(data [, address])
function methods.send(self, data, address)
    if address ~= nil then
        return send_message(self, data, address, "send")
    elseif type(data) == "string" and getmetatable(self) == class then
        local sent = fast.send(self, data, #data)
        if sent == #data and sent > 0 then
            return sent
        end
        return send(self, data, sent)
    end
    return send(self, data)
end

for _, name in ipairs {"accept", "recv", "peek", "receive", "receiveuntil", "recvfrom", "recvfd",
                       "sendln", "sendfd"} do
    methods[name] = waiting(raw[name])
end

-- Waits until there is something to be read, or until DEADLINE. Nil; or why there is no use in it.
local function await_input(self, file, deadline)
    local left = deadline and deadline - sss.now()
    if left and left <= 0 or not sss.wait(private.sent_file_number(file), "r", left) then
        return "timeout"
    end
    return not private.is_open(self) and "closed" or nil
end

-- What went before counts, too.
local function send_piece(self, piece, total)
    local ok, sent, why, some = pcall(self.send, self, piece)
    if ok then
        return sent or some, why
    elseif type(sent) == "table" then
        sent.op, sent.sent = "sendfile", total + (sent.sent or 0)
    end
    error(sent, 0)
end

-- Sends a file that sendfile(2) does not: bytes, or nil, why not all, and how many went.
local function copy_file(self, file, offset, count)
    local _, limit = self:gettimeout()
    local deadline, total, why = limit and sss.now() + limit, 0, nil
    if offset > 0 and not private.sent_file_seeks(file) then
        private.fail("sendfile", "ESPIPE")
    end
    while total < count do
        local piece = private.sent_file_read(file, offset + total, count - total)
        if piece == "" then
            break
        elseif piece then
            local sent
            sent, why = send_piece(self, piece, total)
            total = total + sent
        else
            why = await_input(self, file, deadline)
        end
        if why then
            return nil, why, total
        end
    end
    return total
end

-- socket:sendfile(path_or_file [, offset = 0 [, count]])
local sendfile = waiting(raw.sendfile)
function methods.sendfile(self, file, offset, count, more)
    if more ~= nil then
        private.bad_argument(4, "sendfile", "no such argument")
    end
    local sent, why, some = sendfile(self, file, offset, count)
    if type(sent) ~= "userdata" then
        return sent, why, some
    end
    local ok, total, reason, part = pcall(copy_file, self, sent, offset or 0, count or math.huge)
    private.sent_file_close(sent)
    if not ok then
        error(total, 0)
    end
    return total, reason, part
end

methods.shutdown = chaining(raw.shutdown)
methods.flush = chaining(raw.flush)

-- A line, or nil at the end; there is no iterator's way to tell a timeout.
function private.in_time(line, why)
    if line == nil and why == "timeout" then
        private.fail("receive", "ETIMEDOUT")
    end
    return line
end

if jit.status() then -- interpreted, ffi would be slower than the C API
    private.fasten(methods, class)
end

local words = {l = true, L = true, a = true, ["*l"] = true, ["*L"] = true, ["*a"] = true}

-- socket:lines([what = "l" [, limit]])
function methods.lines(self, what, limit)
    if what == nil then
        what = "l"
    end
    if getmetatable(self) ~= class then -- without a C function, which would enlarge the task's stack
        tag_of(self)
    end
    local count = type(what) == "number" and what >= 0 and what == math.floor(what)
    if not count and not words[what] then
        private.bad_argument(1, "lines", '"l", "L", "a" or a number of bytes expected, got '
            .. tostring(what))
    end
    if fast.lines and limit == nil and what ~= "a" and what ~= "*a" and not count then
        return fast.lines(self, what)
    end
    local receive, in_time = methods.receive, private.in_time
    return function()
        return in_time(receive(self, what, limit))
    end
end

local meta = private.metatable_of("sss.socket")
function meta.__index(self, key)
    local method = methods[key]
    if method ~= nil then
        return method
    end
    return field(self, key)
end
