-- SPDX-License-Identifier: BSD-3-Clause
-- A name server that lies, that talks nonsense, or that never answers (RFC 1035).

-- It is a task of this program, on port 53 of a network namespace of its own; that look-ups which
-- it does not answer stop no task is shown by the answers to the others.

local bed = require "bed"
local entered, reason = bed.enter() -- before any thread is there

local sss = require "sss"
local t = require "harness"
local proc = require "proc"

local A, CNAME, AAAA = 1, 5, 28

local function u16(n) return string.char(math.floor(n / 256), n % 256) end
local function u32(n) return u16(math.floor(n / 65536)) .. u16(n % 65536) end

local function encode(name)
  return (name:gsub("([^.]+)%.?", function(label) return string.char(#label) .. label end)) .. "\0"
end

-- A question as {id=, name=, type=, text=}; nil for what is none.
local function parse(packet)
  local labels, at = {}, 13
  while at <= #packet and packet:byte(at) > 0 do
    local length = packet:byte(at)
    labels[#labels + 1] = packet:sub(at + 1, at + length)
    at = at + length + 1
  end
  if #packet < at + 4 then return nil end
  return { id = packet:sub(1, 2), name = table.concat(labels, "."),
    type = packet:byte(at + 1) * 256 + packet:byte(at + 2), text = packet:sub(13, at + 4) }
end

local ANSWER, CUT_OFF, NO_SUCH_NAME = 0x8180, 0x8380, 0x8183

local function header(q, flags, answers)
  return q.id .. u16(flags) .. u16(1) .. u16(answers) .. u32(0)
end

-- A record about the name that was asked for ("\192\12" points there), or about NAME.
local function record(kind, data, name)
  return (name or "\192\12") .. u16(kind) .. u16(1) .. u32(60) .. u16(#data) .. data
end

local function address(last) return "\127\0\0" .. string.char(last) end

local function reply(q, records, flags)
  return header(q, flags or ANSWER, #records) .. q.text .. table.concat(records)
end

local function right(q)
  return reply(q, q.type == A and { record(A, address(9)) } or {})
end

-- What it says to a question for NAME.test: a packet, an array of them, or nothing.
local says = {}
says.good = right

function says.silent() end
function says.empty() return "" end
function says.short(q) return q.id end
function says.noise(q) return q.id .. ("\255"):rep(500) end

function says.garbage()
  return require("random").new():stream(300, 9)
end

says["wrong-id"] = function(q)
  local id = q.id:byte(1) * 256 + q.id:byte(2)
  return right { id = u16((id + 1) % 65536), text = q.text, type = q.type }
end

says["wrong-then-right"] = function(q)
  return { says["wrong-id"](q), right(q) }
end

-- Cut in the middle of a record, though the header promises ten.
function says.cut(q)
  local packet = header(q, ANSWER, 10) .. q.text .. record(A, address(9))
  return packet:sub(1, #packet - 2)
end

-- A name that points to itself, and one that points behind the end.
function says.circle(q)
  local at = #header(q, 0, 0) + #q.text
  return reply(q, { record(A, address(9), "\192" .. string.char(at)) })
end
function says.beyond(q)
  return reply(q, { record(CNAME, "\255\255"), record(A, address(9), "\255\255") })
end

-- An alias for itself; and names that are aliases for the next one, without end.
function says.endless(q)
  return reply(q, { record(CNAME, encode(q.name)) })
end
function says.chain(q)
  local records = {}
  for i = 1, 40 do
    records[i] = record(CNAME, encode(("n%d.test"):format(i)),
      i > 1 and encode(("n%d.test"):format(i - 1)) or nil)
  end
  return reply(q, records)
end

says["wrong-size"] = function(q) return reply(q, { record(A, "\127"), record(A, "") }) end
says["not-there"] = function(q) return reply(q, {}, NO_SUCH_NAME) end
function says.failing(q) return reply(q, {}, 0x8182) end

-- As many addresses as a datagram holds.
function says.huge(q)
  local records = {}
  for i = 1, q.type == A and 4000 or 0 do
    records[i] = "\192\12" .. u16(A) .. u16(1) .. u32(60) .. u16(4) .. "\127\1"
        .. u16(i)
  end
  return reply(q, records)
end

-- Cut off: to be asked again over TCP.
says["by-stream"] = function(q, stream)
  return stream and right(q) or reply(q, {}, CUT_OFF)
end
says["stream-silent"] = function(q, stream)
  if not stream then return reply(q, {}, CUT_OFF) end
end

local asked = {} -- how often each name was

local function answers(packet, stream)
  local q = parse(packet)
  if not q then return {} end
  local name = q.name:match("^(.*)%.test$")
  asked[q.name] = (asked[q.name] or 0) + 1
  local f = says[name] or says["not-there"]
  local said = f(q, stream)
  return type(said) == "table" and said or { said }
end

local function serve_datagrams(udp)
  while true do
    local packet, from = udp:recvfrom()
    for _, said in ipairs(answers(packet)) do udp:sendto(said, from) end
  end
end

local function serve_stream(client)
  client:settimeout(1) -- glibc has no time limit for a stream
  for size in function() return (client:receive(2)) end do
    local packet = client:receive(size:byte(1) * 256 + size:byte(2))
    for _, said in ipairs(packet and answers(packet, true) or {}) do
      client:send { u16(#said), said }
    end
  end
end

-- A look-up that nobody waits for any more keeps its socket until resolv.conf's time is over.
local function wait_for_hanging(descriptors)
  local deadline = sss.now() + 10
  while proc.descriptors("self") > descriptors and sss.now() < deadline do sss.sleep(0.05) end
end

-- Runs f() with the server and a resolv.conf that names it.
local function with_server(f)
  if not entered then t.skip(reason) end
  local path = t.tempname()
  local file = assert(io.open(path, "w"))
  file:write("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
  file:close()
  if not bed.show(path, "/etc/resolv.conf") then t.skip("/etc/resolv.conf cannot be shown") end
  local udp = sss.listen("127.0.0.1:53", { type = "dgram" })
  local task = sss.spawn(serve_datagrams, udp)
  local server = sss.serve("127.0.0.1:53", serve_stream)
  t.after(function()
    task:cancel()
    pcall(task.join, task)
    udp:close()
    server:stop()
    server:join()
    os.execute("umount /etc/resolv.conf")
  end)
  local before = proc.descriptors("self")
  f()
  wait_for_hanging(before)
end

local function over(name, f)
  t.test(name, function() with_server(f) end)
end

-- Looks NAME.test up, which must end in time: its first address, or the error's code.
local function look_up(name, limit)
  local began = sss.now()
  local ok, found = pcall(sss.resolve, name .. ".test", 80)
  local took = sss.now() - began
  t.ok(took < limit, ("seconds for %s: %.1f"):format(name, took))
  if ok then return found[1].host, #found end
  return t.ok(found.code, tostring(found))
end

over("a server that is right", function()
  t.eq(look_up("good", 5), "127.0.0.9")
  t.eq(look_up("wrong-then-right", 5), "127.0.0.9")
  t.eq(look_up("not-there", 5), "EAI_NONAME")
  -- not every C library asks again over TCP
  local said = look_up("by-stream", 5)
  t.ok(said == "127.0.0.9" or said == "EAI_NONAME", said)
end)

-- Each within the time that resolv.conf gives; all of them at once.
over("lies, nonsense and silence are errors, in time", function()
  local names = { "silent", "empty", "short", "noise", "garbage", "wrong-id", "cut", "circle",
    "beyond", "endless", "chain", "wrong-size", "failing", "stream-silent" }
  local tasks = {}
  for i, name in ipairs(names) do tasks[i] = sss.spawn(look_up, name, 30) end
  for i, name in ipairs(names) do
    local said = tasks[i]:join()
    t.ok(asked[name .. ".test"], "a question for " .. name)
    t.ok(said:find("^EAI_") or said:find("^127%.0%.0%."), name .. ": " .. said)
  end
  for _, name in ipairs { "silent", "wrong-id", "wrong-size", "failing" } do
    t.ok(tasks[1]:join():find("^EAI_"), name)
  end
end)

over("a huge answer is cut to size or an error", function()
  local host, count = look_up("huge", 10)
  t.ok(host:find("^127%.1%.") and count <= 4000 or host:find("^EAI_"), host)
end)

over("a look-up that is not answered: timeout, cancel, connect", function()
  local began = sss.now()
  local found, why = sss.timeout(0.1, sss.resolve, "silent.test")
  t.ok(found == nil and why == "timeout", tostring(why))
  local task = sss.spawn(sss.resolve, "silent.test")
  sss.sleep(0.05)
  t.raises("cancelled", task.join, task:cancel())
  local socket
  socket, why = sss.connect("silent.test:80", { timeout = 0.1 })
  t.ok(socket == nil and why == "timeout", tostring(why))
  t.ok(sss.now() - began < 1.5, "seconds")
  local _, stuck = pcall(sss.connect, "silent.test:80")
  t.match(stuck.code, "^EAI_")
end)

over("many look-ups that are not answered: the other tasks go on", function()
  local tasks, turns = {}, 0
  for i = 1, 50 do
    tasks[i] = sss.spawn(function() return sss.timeout(0.3, sss.resolve, "silent.test") end)
  end
  local ended = sss.now() + 0.3
  while sss.now() < ended do
    sss.sleep(0.001)
    turns = turns + 1
  end
  t.ok(turns > 50, "turns: " .. turns)
  for i = 1, 50 do t.eq(select(2, tasks[i]:join()), "timeout") end
end)

over("while look-ups hang, numbers and localhost are there at once", function()
  local tasks = {}
  for i = 1, 10 do
    tasks[i] = sss.spawn(function() return sss.timeout(0.6, sss.resolve, "silent.test") end)
  end
  sss.sleep(0.05)
  local began = sss.now()
  t.eq(sss.resolve("127.0.0.1", 80)[1].port, 80)
  t.eq(sss.resolve("localhost", 80)[1].port, 80)
  t.raises("ECONNREFUSED", sss.connect, "localhost:1")
  t.ok(sss.now() - began < 1.2, "seconds: " .. sss.now() - began)
  for i = 1, 10 do tasks[i]:join() end
end)

over("a program ends promptly while look-ups hang", function()
  local began = sss.now()
  local output, status
  local running = t.child.start([[
    local sss = require "sss"
    for _ = 1, 6 do
      sss.spawn(function() sss.timeout(0.1, sss.resolve, "silent.test") end)
    end
    sss.sleep(0.2)
    print("done")]])
  output, status = running:rest()
  t.eq(status, 0, output)
  t.match(output, "^done")
  t.ok(sss.now() - began < (t.sanitized and 3 or 1.5), "seconds: " .. sss.now() - began)
end)

t.run()
