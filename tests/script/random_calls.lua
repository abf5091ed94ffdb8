-- SPDX-License-Identifier: BSD-3-Clause
-- Random calls with random arguments, in the main script and in tasks: errors, but never a crash,
-- never a hang, nothing left behind. SEED repeats a run, TEST_SECONDS lengthens it.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local random = require "random"

local seconds = t.budget(2) -- for each test

local nan, huge = 0 / 0, math.huge

-- What arguments are drawn from. Only loopback is ever addressed.
local values = t.pack(
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

local makers = {
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
local function attempt(rng, sockets)
  local ok, result = pcall(sss.timeout, 0.002, call, rng, sockets)
  if ok and type(result) == "userdata" and pcall(function() return result:getsockname() end) then
    sockets[rng:int(1, #sockets)] = result
  elseif not ok then
    t.ok(result ~= nil, "the error")
    t.ok(#tostring(result) > 0, "the text of the error")
  end
  if rng:int(1, 30) == 1 then sockets[rng:int(1, #sockets)] = rng:pick(makers)() end
  if rng:int(1, 200) == 1 then collectgarbage() end
end

local function play(rng, sockets, finish)
  local calls = 0
  repeat
    attempt(rng, sockets)
    calls = calls + 1
  until sss.now() > finish
  return calls
end

t.task("one caller", function()
  local rng, sockets = random.new(), {}
  for i = 1, 10 do sockets[i] = rng:pick(makers)() end
  print("# calls: " .. play(rng, sockets, sss.now() + seconds))
  link.close(unpack(sockets))
end)

t.task("many callers share their sockets", function()
  local rng, sockets, tasks, calls = random.new(), {}, {}, 0
  for i = 1, 20 do sockets[i] = rng:pick(makers)() end
  local finish = sss.now() + seconds
  for i = 1, 15 do tasks[i] = sss.spawn(play, rng, sockets, finish) end
  for i = 1, 15 do calls = calls + tasks[i]:join() end
  print("# calls: " .. calls)
  link.close(unpack(sockets))
end)

t.run()
