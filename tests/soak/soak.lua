-- SPDX-License-Identifier: BSD-3-Clause
-- The soak test: soak.lua [connections=N] [seconds=S] [folder=PATH], in rounds until S is over.

-- Each round opens N connections to a server in a process of its own, uses them while others
-- misbehave, and ends when both sides have closed all. Memory and descriptors are compared between
-- rounds, and sampled all the time; soak.svg in the folder shows them.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. here .. "/../script/lib/?.lua;" .. package.path

local sss = require "sss"
local child = require "child"
local clients = require "clients"
local proc = require "proc"

local RESERVE = 100 -- descriptors that a process needs besides its connections
local OPENING = 200 -- connections that are being opened at a time
local HOSTS = 16 -- 127.0.0.1 and so on: there are 28,000 ports on each

local settings = { connections = 2000, seconds = 8, folder = "build/soak" }
for _, word in ipairs(arg) do
  local key, value = word:match("^(%l+)=(.*)$")
  if settings[key] == nil then
    io.stderr:write("soak: what is ", word, "?\n")
    os.exit(2)
  end
  if value ~= "" then settings[key] = tonumber(value) or value end
end

local function descriptor_limit()
  for line in io.lines("/proc/self/limits") do
    local soft = line:match("^Max open files%s+(%d+)")
    if soft then return tonumber(soft) end
  end
end

local tally = { connections = 0, bad = 0, bytes = 0, lost = 0, failures = 0, rounds = 0 }
local open, most = 0, 0
local rng = require("random").new()
local samples, rests = {}, {}
local began = sss.now()

-- The server -------------------------------------------------------------------------------------

local server = child.command(("exec %s %s/server.lua %d"):format(child.program, here,
  settings.seconds + 300))
local port
repeat
  local line = server:line()
  port = tonumber(line)
until port or not line

local function connect(i)
  return sss.connect(("127.0.0.%d:%d"):format(1 + i % HOSTS, port), { timeout = 30 })
end

-- {clients, descriptors, kB, kB of Lua, failures} of the server.
local function server_state()
  local socket = assert(connect(0))
  socket:send("state 0 0\n")
  local state = {}
  for number in socket:receive("l"):gmatch("%d+") do state[#state + 1] = tonumber(number) end
  socket:close()
  return state
end

-- Measuring --------------------------------------------------------------------------------------

local function sample()
  samples[#samples + 1] = { sss.now() - began, open, proc.kb("self", "RssAnon"),
    proc.kb(server.pid, "RssAnon"), tally.connections }
end

local function sample_always()
  while true do
    sample()
    sss.sleep(math.max(0.1, settings.seconds / 500))
  end
end

-- Both sides when nothing is open: waits until the server has no clients any more.
local function rest()
  local state
  local deadline = sss.now() + 40
  repeat
    state = server_state()
    if state[1] > 0 then sss.sleep(0.05) end
  until state[1] == 0 or sss.now() > deadline
  collectgarbage()
  collectgarbage()
  local now = { at = sss.now() - began, clients = state[1], server_fds = state[2],
    server_kb = state[3], server_lua = state[4], failures = state[5],
    fds = proc.descriptors("self"), kb = proc.kb("self", "RssAnon"),
    lua = collectgarbage("count") }
  sample()
  return now
end

-- Rounds -----------------------------------------------------------------------------------------

-- One connection: opened, held until GATE opens if it behaves well, used and closed.
local function live(i, places, gate)
  local well = rng:int(1, 4) > 1
  local ok, socket = pcall(places.with, places, connect, i)
  if not ok or not socket then
    tally.failures = tally.failures + 1
    tally.first = tally.first or "connect: " .. tostring(socket)
    return
  end
  tally.connections, open = tally.connections + 1, open + 1
  most = math.max(most, open)
  if well or rng:int(1, 2) == 1 then gate:receive() end
  local done, why = sss.timeout(120, function()
    clients[well and "good" or "bad"](socket, rng, tally)
    return true
  end)
  if not done then
    tally.failures = tally.failures + 1
    tally.first = tally.first or "a client: " .. why
  end
  socket:close()
  open = open - 1
end

local function round(count)
  local places, gate, tasks = sss.semaphore(OPENING), sss.channel(), {}
  for i = 1, count do tasks[i] = sss.spawn(live, i, places, gate) end
  local before
  repeat -- until no more come
    before = tally.connections + tally.failures
    sss.sleep(0.1)
  until tally.connections + tally.failures == before
  gate:close()
  for i = 1, count do tasks[i]:join() end
  tally.rounds = tally.rounds + 1
end

-- What came of it --------------------------------------------------------------------------------

local bad_ones = 0

local function expect(true_one, name, ...)
  if not true_one then bad_ones = bad_ones + 1 end
  print((true_one and "ok " or "not ok ") .. name:format(...))
end

local function middle(field, first, last)
  local values = {}
  for i = first, last do values[#values + 1] = rests[i][field] end
  table.sort(values)
  return values[math.floor((#values + 1) / 2)]
end

-- The memory between the later rounds against that between the earlier ones, the first left out.
local function expect_flat(name, field)
  local half = math.floor(#rests / 2)
  local early, late = middle(field, 2, half + 1), middle(field, half + 1, #rests)
  expect(late - early <= math.max(2048, early / 20), "memory of the %s stays: %d kB, then %d kB",
    name, early, late)
end

local function judge(start, count)
  local last = rests[#rests]
  expect(most >= count * 0.85, "%d connections at once, %d in all, %d of them badly behaved", most,
    tally.connections, tally.bad)
  expect(tally.failures == 0, "%d failures%s", tally.failures,
    tally.first and " (" .. tally.first .. ")" or "")
  expect(last.failures == 0, "%d failures of the server", last.failures)
  expect(tally.bytes > 0 and tally.lost == 0, "%d bytes checked, %d lost", tally.bytes, tally.lost)
  expect(last.clients == 0, "%d clients left at the server", last.clients)
  expect(last.fds == start.fds, "descriptors: %d at the start, %d at the end", start.fds, last.fds)
  expect(last.server_fds == start.server_fds, "the server's descriptors: %d, then %d",
    start.server_fds, last.server_fds)
  expect_flat("client", "kb")
  expect_flat("server", "server_kb")
  expect_flat("client's Lua objects", "lua")
  expect_flat("server's Lua objects", "server_lua")
end

local function write_samples()
  os.execute("mkdir -p " .. child.quote(settings.folder))
  local file = assert(io.open(settings.folder .. "/soak.tsv", "w"))
  for _, one in ipairs(samples) do file:write(table.concat(one, "\t"), "\n") end
  file:close()
  require("plot")(samples, rests, settings.folder .. "/soak.svg")
end

local count = math.min(settings.connections, descriptor_limit() - RESERVE)

local function soak()
  local start = rest()
  local sampler = sss.spawn(sample_always)
  repeat
    round(count)
    rests[#rests + 1] = rest()
  until #rests >= 4 and sss.now() - began >= settings.seconds
  sampler:cancel()
  judge(start, count)
end

local ok, problem = xpcall(soak, debug.traceback)
expect(ok, "the soak ran to its end%s", ok and "" or ": " .. tostring(problem))
server:kill("TERM")
local output, status = server:rest()
expect(status == 0 and output == "", "the server ends: status %s%s", status, output)
if #samples > 0 then write_samples() end
print(("note %d rounds in %.0f s; %s/soak.svg"):format(tally.rounds, sss.now() - began,
  settings.folder))
os.exit(bad_ones == 0 and 0 or 1)
