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
local state = require "state"

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

local function fail(why)
    tally.failures = tally.failures + 1
    tally.first = tally.first or why
end

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

-- Of the server: {clients=, failures=} and what state.now() has.
local function server_state()
    local socket = assert(connect(0))
    socket:send("state 0 0\n")
    local line = socket:receive("l")
    socket:close()
    return state.parse(line)
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

-- What must be the same in the end as at first.
local SAME = { "fds", "tasks", "ops", "timers", "streams" }

local function is_same(one, other)
    for _, key in ipairs(SAME) do
        if one[key] ~= other[key] then return false end
    end
    return true
end

-- Both sides when nothing is open: waits until it is as it was at the START, but not for ever;
-- then .calm is false.
local function rest(start)
    local deadline, now = sss.now() + 40, nil
    repeat
        if now then sss.sleep(0.05) end
        now = { server = server_state(), client = state.now(), at = sss.now() - began }
        now.calm = now.server.clients == 0 and (not start
            or is_same(now.server, start.server) and is_same(now.client, start.client))
    until now.calm or sss.now() > deadline
    sample()
    return now
end

-- Rounds -----------------------------------------------------------------------------------------

-- Over SOCKET; who behaves well, and half of the others, begins when GATE opens.
local function use(socket, gate)
    local well = rng:int(1, 4) > 1
    if well or rng:int(1, 2) == 1 then gate:receive() end
    local done, why = sss.timeout(120, function()
        clients[well and "good" or "bad"](socket, rng, tally)
        return true
    end)
    if not done then fail("a client: " .. why) end
end

-- One connection: opened, used and closed.
local function live(i, opening, gate)
    local ok, socket = pcall(opening.with, opening, connect, i)
    if not ok or not socket then return fail("connect: " .. tostring(socket)) end
    tally.connections, open = tally.connections + 1, open + 1
    most = math.max(most, open)
    use(socket, gate)
    socket:close()
    open = open - 1
end

-- Until COUNT are open, or none has come for so long that even a lost packet was sent again.
local function wait_for_all(count)
    local seen, quiet = -1, 0
    while open < count and quiet < 100 do
        sss.sleep(0.1)
        quiet = tally.connections == seen and quiet + 1 or 0
        seen = tally.connections
    end
end

-- At most COUNT are open at a time; there are more of them, as some do not stay. Samples are taken
-- in rounds only: one task more or less would show in what is counted between them.
local function round(count)
    local sampler = sss.spawn(sample_always)
    local places, opening, gate = sss.semaphore(count), sss.semaphore(OPENING), sss.channel()
    local tasks = {}
    for i = 1, math.floor(count * 1.2) do
        tasks[i] = sss.spawn(places.with, places, live, i, opening, gate)
    end
    wait_for_all(count)
    gate:close()
    for _, task in ipairs(tasks) do task:join() end
    sampler:cancel()
    pcall(sampler.join, sampler)
    tally.rounds = tally.rounds + 1
end

-- What came of it --------------------------------------------------------------------------------

local bad_ones = 0

local function expect(true_one, name, ...)
    if not true_one then bad_ones = bad_ones + 1 end
    print((true_one and "ok " or "not ok ") .. name:format(...))
end

-- The middle one of values FIRST to LAST.
local function middle(list, first, last)
    local values = { unpack(list, math.min(first, last), last) }
    table.sort(values)
    return values[math.floor((#values + 1) / 2)]
end

-- It may grow by a tenth and SLACK kB.
local function expect_flat(what, side, early, late, slack)
    expect(late <= early * 1.1 + slack, "%s of the %s stays: %d kB, then %d kB", what, side, early,
        late)
end

-- Lua's memory between the later rounds against that between the earlier ones, without the first.
local function expect_flat_lua(side)
    local used, half = {}, math.floor(#rests / 2)
    for i, one in ipairs(rests) do used[i] = one[side].lua end
    expect_flat("Lua's memory", side, middle(used, 2, half + 1), middle(used, half + 1, #used), 100)
end

-- The most memory in each round.
local function peaks_of(column)
    local peaks, round = {}, 1
    for _, one in ipairs(samples) do
        while round < #rests and one[1] > rests[round].at do round = round + 1 end
        peaks[round] = math.max(peaks[round] or 0, one[column])
    end
    return peaks
end

-- The most memory in the later rounds against that in the earlier ones: what is lost in each round
-- raises all that follow, a burst only its own. Between the rounds memory says little: what LuaJIT's
-- allocator keeps then comes near to the most by and by.
local function expect_flat_peak(side, column)
    local peaks = peaks_of(column)
    local half = math.floor(#peaks / 2)
    expect_flat("the most memory of a round", side, middle(peaks, 1, half),
        middle(peaks, half + 1, #peaks), 4096)
end

-- Nothing of KEY may be left, beyond what there was at first.
local function expect_same(start, side, key)
    local before, after = start[side][key], rests[#rests][side][key]
    expect(before == after, "%s of the %s: %s at the start, %s at the end", key, side, before, after)
end

local function judge(start, count)
    local last = rests[#rests]
    expect(most >= count * 0.99, "%d connections at once, %d in all, %d of them badly behaved", most,
        tally.connections, tally.bad)
    expect(tally.failures == 0, "%d failures%s", tally.failures,
        tally.first and " (" .. tally.first .. ")" or "")
    expect(last.server.failures == 0, "%d failures of the server", last.server.failures)
    expect(tally.bytes > 0 and tally.lost == 0, "%d bytes checked, %d lost", tally.bytes, tally.lost)
    expect(last.server.clients == 0, "%d clients left at the server", last.server.clients)
    for _, side in ipairs { "client", "server" } do
        for _, key in ipairs(SAME) do expect_same(start, side, key) end
    end
    if not last.calm then return end -- a line above has failed, and there are too few rounds
    for _, side in ipairs { "client", "server" } do expect_flat_lua(side) end
    expect_flat_peak("client", 3)
    expect_flat_peak("server", 4)
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
    repeat
        round(count)
        rests[#rests + 1] = rest(start)
    until #rests >= 4 and sss.now() - began >= settings.seconds or not rests[#rests].calm
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
