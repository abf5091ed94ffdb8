-- SPDX-License-Identifier: BSD-3-Clause
-- A timeout at any point of a stream loses nothing: every byte arrives once and in order.

-- A known pseudo-random stream is cut at random places and sent at random times, while the reader
-- uses all read forms with tiny random timeouts. SEED repeats a run, TEST_SECONDS lengthens it.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local random = require "random"

local seconds = t.budget(0.3) -- for each test

-- Sends the pieces with random pauses, then ends the stream.
local function feed(socket, pieces, rng)
    for _, piece in ipairs(pieces) do
        socket:send(piece)
        local pause = rng:int(0, 49)
        if pause == 0 then sss.sleep(rng:int(0, 1500) / 1e6) elseif pause < 30 then sss.yield() end
    end
    socket:shutdown("write")
end

-- The read forms. Each gives the bytes that it consumed (at least what it returned), or nil and
-- the reason. `rest` is what the stream still has to give: a form that drops a line's end looks
-- there how it was written.
local forms = {}

-- A result has to end at the first place where it may.
local function first(data, why, delimiter)
    local at = data and data:find(delimiter, 1, true)
    t.ok(not at or at > #data - #delimiter, "nothing behind the first delimiter")
    return data, why
end

function forms.line(s)
    local line, why = s:receive("L")
    return first(line, why, "\n")
end

function forms.default(s)
    local line, why = s:receive()
    return first(line, why, "\n")
end

function forms.chomp(s, _, rest)
    local line, why = s:receive("l")
    if not line then return nil, why end
    t.ok(not line:find("\n"), "one line")
    local ending = rest:match("^\r?\n", #line + 1) or ""
    return line .. ending
end

function forms.exact(s, rng)
    local n = rng:pick { 1, 2, 7, 100, 1000, 5000 }
    local data, why, left = s:receive(n)
    if data then t.eq(#data, n, "the size of a block") end
    if why == "closed" and left and #left > 0 then return left end
    return data, why
end

function forms.some(s, rng)
    local n = rng:pick { 1, 10, 1024, 70000 }
    local data, why = s:recv(n)
    if data then t.ok(#data >= 1 and #data <= n, "recv gave " .. #data) end
    return data, why
end

function forms.until_delimiter(s)
    local data, why, left = s:receiveuntil("\n", { inclusive = true })
    if why == "closed" and left and #left > 0 then return left end
    return first(data, why, "\n")
end

function forms.until_longer(s, rng, rest)
    local delimiter = rng:pick { "\n\n", "\n\n\n", "a\n", "\0" }
    local data, why, left = s:receiveuntil(delimiter)
    if why == "closed" and left and #left > 0 then return left end
    if not data then return nil, why end
    t.eq((data .. delimiter):find(delimiter, 1, true), #data + 1, "the first delimiter")
    t.ok(rest:sub(#data + 1, #data + #delimiter) == delimiter, "the delimiter that was dropped")
    return data .. delimiter
end

function forms.peek(s, rng, rest)
    local data, why = s:peek(rng:int(1, 100))
    if data then t.ok(rest:sub(1, #data) == data, "what peek showed") end
    return data and "", why
end

local names = {}
for name in pairs(forms) do names[#names + 1] = name end
table.sort(names)

-- Sets a tiny timeout in one of the two ways and calls a read form.
local function read_once(s, rng, form, rest)
    local limit = rng:pick { 0, 0.0001, 0.001, 0.01 }
    if rng:int(1, 3) > 1 then
        s:settimeout { receive = limit }
        return form(s, rng, rest)
    end
    s:settimeout()
    return sss.timeout(limit, form, s, rng, rest)
end

-- Reads until the end; everything has to be the next bytes of `wanted`.
local function drain(s, wanted, rng, pick)
    local rest, timeouts = wanted, 0
    while true do
        local name = pick(rng)
        local data, why = read_once(s, rng, forms[name], rest)
        if data then
            t.ok(rest:sub(1, #data) == data, ("%s, at byte %d of %d: the next bytes"):format(name,
                #wanted - #rest, #wanted))
            rest = rest:sub(#data + 1)
        elseif why == "closed" then
            t.eq(#rest, 0, "what was never received")
            return timeouts
        else
            t.eq(why, "timeout")
            timeouts = timeouts + 1
            if timeouts % 50 == 0 then sss.sleep(0.001) end -- lets a slow writer go on
        end
    end
end

local function one_stream(make, rng, pick)
    local reading, writing = make()
    local wanted = rng:stream(rng:int(500, 10000), rng:pick { 3, 20, 80, 500 })
    local pieces = rng:cut(wanted, rng:pick { 3, 50, 3000 })
    local writer = sss.spawn(feed, writing, pieces, rng)
    local timeouts = drain(reading, wanted, rng, pick)
    writer:join()
    link.close(reading, writing)
    return timeouts
end

-- Streams until the time is over.
local function many_streams(make, pick)
    local rng = random.new()
    local finish, streams, timeouts = sss.now() + seconds, 0, 0
    repeat
        timeouts = timeouts + one_stream(make, rng, pick)
        streams = streams + 1
    until sss.now() > finish and timeouts > 0
    print(("# %d streams, %d timeouts"):format(streams, timeouts))
end

for kind, make in pairs(link.streams) do
    t.task("all read forms mixed, " .. kind, function()
        many_streams(make, function(rng) return rng:pick(names) end)
    end)
end

for _, name in ipairs(names) do
    if name ~= "peek" then
        t.task("the read form " .. name, function()
            many_streams(link.pair, function() return name end)
        end)
    end
end

-- Reads everything, with random pauses, into one string.
local function swallow(socket, rng)
    local parts = {}
    while true do
        local data = socket:recv(rng:pick { 1000, 100000 })
        if not data then return table.concat(parts) end
        parts[#parts + 1] = data
        if rng:int(1, 4) == 1 then sss.sleep(rng:int(0, 1500) / 1e6) end
    end
end

-- Data in the forms that send takes.
local function in_some_form(data, rng)
    if rng:int(1, 2) == 1 then return data end
    return rng:cut(data, math.max(1, math.floor(#data / 5)))
end

-- Sends all of `data`, going on after each timeout with what did not go.
local function push(socket, data, rng)
    local at, timeouts = 1, 0
    while at <= #data do
        socket:settimeout { send = rng:pick { 0, 0.0002, 0.002 } }
        local chunk = data:sub(at, at + rng:pick { 10, 5000, 1000000 })
        local sent, why, partly = socket:send(in_some_form(chunk, rng))
        if not sent then
            t.eq(why, "timeout")
            timeouts, sent = timeouts + 1, partly
            if partly == 0 then sss.sleep(0.001) end
        else
            t.eq(sent, #chunk, "what send says it sent")
        end
        at = at + sent
    end
    socket:settimeout()
    socket:shutdown("write")
    return timeouts
end

for kind, make in pairs(link.streams) do
    t.task("sends that time out count exactly, " .. kind, function()
        local rng = random.new()
        local finish, timeouts = sss.now() + seconds, 0
        local block = rng:stream(100000, 80)
        repeat
            local reading, writing = make()
            reading:setsockopt("rcvbuf", 65536)
            writing:setsockopt("sndbuf", 32768)
            local data = block:rep(rng:int(3, 12))
            local reader = sss.spawn(swallow, reading, rng)
            timeouts = timeouts + push(writing, data, rng)
            t.ok(reader:join() == data, "what has arrived")
            link.close(reading, writing)
        until sss.now() > finish and timeouts > 0
    end)
end

t.run()
