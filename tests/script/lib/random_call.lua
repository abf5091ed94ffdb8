-- SPDX-License-Identifier: BSD-3-Clause
-- Calls of the module with any arguments, in bounded time.

-- What draws (rng) has int(low, high) and pick(list), as lib/random.lua gives it.

local sss = require "sss"
local link = require "link"

local random_call = {}

local nan, huge = 0 / 0, math.huge

-- What arguments are drawn from. Only loopback is ever addressed.
local function pack(...) return { n = select("#", ...), ... } end

local values = pack(
    nil, true, false, 0, 1, 2, -1, 7, 100, 1.5, nan, huge, -huge, 2 ^ 31, 2 ^ 40, 2 ^ 53, 70000,
    "", "L", "l", "a", "x\n", "x", "write", "read", "both", "inet", "inet6", "unix", "dgram",
    "stream", "seqpacket", "reuseaddr", "tcp.nodelay", "linger", "\0", "127.0.0.1:0", "[::1]:0",
    "127.0.0.1:1", "unix:/nonexistent/x", "unix:@sss random calls", "localhost:1", "/dev/null",
    ("y"):rep(100000), ("z"):rep(300000), {}, { "a", "b\n" }, { "a", {} }, { timeout = 0.001 },
    { send = 0.001, receive = 0 }, { limit = 1 }, { inclusive = true }, { type = "dgram" },
    { host = "127.0.0.1", port = 0 }, { path = "\0sss random calls" }, { on = true, seconds = 0 },
    { [1] = 1, x = {} }, function() end, function() error("on purpose") end, type,
    function() sss.yield() end, sss.tocaddress("127.0.0.1:0"), sss.AF, sss.SO.keepalive
)

-- Each makes one socket.
random_call.makers = {
    function() return (link.tcp()) end,
    function() return select(2, link.tcp()) end,
    function() return (link.pair()) end,
    function() return (sss.pair("dgram")) end,
    function() return (sss.pair("seqpacket")) end,
    function() return (link.listen()) end,
    function() return sss.socket("inet", "dgram"):bind("127.0.0.1:0") end,
    function() return sss.socket() end,
    function() return sss.socket("unix") end,
}

local methods = { "close", "connect", "bind", "listen", "accept", "receive", "receiveuntil",
    "lines", "peek", "recv", "recvfrom", "send", "sendln", "flush", "sendto", "sendfile", "shutdown",
    "getsockname", "getpeername", "setsockopt", "getsockopt", "settimeout", "gettimeout", "sendfd",
    "recvfd", "reuseaddr", "receive", "send", "recv", "send", "receive" }

local functions = { "socket", "connect", "listen", "pair", "tocaddress", "toladdress", "sleep",
    "yield", "now" }

local function draw(rng, sockets)
    if rng:int(1, 8) == 1 then return sockets[rng:int(1, #sockets)] end
    return values[rng:int(1, values.n)]
end

local function call(rng, sockets)
    local n = rng:int(0, 3)
    local a, b, c = draw(rng, sockets), draw(rng, sockets), draw(rng, sockets)
    if rng:int(1, 10) == 1 then
        local f = sss[rng:pick(functions)]
        return f(unpack({ a, b, c }, 1, n))
    end
    local socket = rng:pick(sockets)
    return socket[rng:pick(methods)](socket, unpack({ a, b, c }, 1, n))
end

-- One call of bounded time; what it makes may become one of the sockets.
function random_call.attempt(rng, sockets)
    local ok, result = pcall(sss.timeout, 0.002, call, rng, sockets)
    if ok and type(result) == "userdata" and pcall(function() return result:getsockname() end) then
        sockets[rng:int(1, #sockets)] = result
    elseif not ok then
        assert(result ~= nil and #tostring(result) > 0, "an error without a text")
    end
    if rng:int(1, 30) == 1 then sockets[rng:int(1, #sockets)] = rng:pick(random_call.makers)() end
    if rng:int(1, 200) == 1 then collectgarbage() end
end

-- Two ends of a stream.
function random_call.link(rng)
    return rng:pick { link.pair, link.tcp }()
end

return random_call
