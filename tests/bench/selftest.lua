-- SPDX-License-Identifier: BSD-3-Clause
-- Tests the benchmark, not the speed: every row for a moment, wrong servers, refusals, interrupts.
-- PROGRAM tests/bench/selftest.lua; PROGRAM is what it measures.

package.path = (arg[0]:match("^(.*)/") or ".") .. "/lib/?.lua;" .. package.path

local child = require "child"
local machine = require "machine"
local measure = require "measure"
local report = require "report"
local results = require "results"
local rows = require "rows"
local sss = require "sss"
local statistics = require "statistics"
local subjects = require "subjects"

local LOAD, FOLDER = "build/bench/load", "build/bench/selftest"
local IDLE = "idle=300"

local server_cpu, load_cpu = machine.cpus()
local cpus = { server = server_cpu or 0, load = load_cpu or 0 }

local function test(name, f)
    local ok, why = pcall(f)
    child.stop_all()
    print(ok and "ok " .. name or ("not ok %s (%s)"):format(name, tostring(why)))
    io.stdout:flush()
end

local function expect(condition, format, ...)
    if not condition then error(format:format(...), 0) end
end

-- A row's load with every answer checked and few idle connections.
local function careful(row)
    local load = {}
    for i, word in ipairs(row.load) do load[i] = word:match("^idle=") and IDLE or word end
    if row.kind ~= "hello" then load[#load + 1] = "check=all" end
    return load
end

-- A short slice in which there was an answer, and how many seconds were asked for: on a slow machine
-- a short one may have none.
local function answered_slice(side)
    local milliseconds = 30
    while true do
        local ok, slice = pcall(measure.slice, side, milliseconds)
        if ok then return slice, milliseconds / 1000 end
        if slice ~= measure.NO_ANSWER or milliseconds > 10000 then error(slice, 0) end
        milliseconds = milliseconds * 10
    end
end

for _, row in ipairs(rows) do
    for _, subject in ipairs { "reference", "sssrun" } do
        test(row.name .. ": " .. subject, function()
            local side = measure.open(row.kind, subject, careful(row), cpus)
            local slice, asked = answered_slice(side)
            expect(slice.p50 <= slice.p99 and slice.p99 <= slice.max, "latencies out of order")
            expect(side.server or slice.cpu > 0, "no CPU time")
            expect(slice.seconds >= asked and slice.seconds < asked + 60, "%g seconds",
                slice.seconds)
            answered_slice(side)
        end)
    end
end

-- Wrong servers, which run in this process: the load generator has to notice each.


local function expect_refused(server, ...)
    local words = { LOAD, ... }
    words[#words + 1] = "port=" .. (server.address and server:address() or server:getsockname()).port
    words = { "sh", "-c", '"$@" 2>&1', "sh", unpack(words) }
    local load = child.start(words, cpus.load)
    local line = load:line()
    if line == "ready" then line = load:ask("100") end
    expect(line:find("^load: "), "the load generator said '%s'", line)
    expect(load:wait() == 1, "the load generator did not fail")
    return line
end

test("load notices a changed byte", function()
    local count = 0
    local server = sss.serve("127.0.0.1:0", function(client)
        for line in client:lines("L") do
            count = count + 1
            client:send(count == 50 and line:gsub("^(.*)%l", "%1X") or line)
        end
    end)
    expect_refused(server, "lines", "connections=4")
    server:stop()
end)

test("load notices bytes that are missing in bulk", function()
    local count = 0
    local server = sss.serve("127.0.0.1:0", function(client)
        for data in function() return client:recv(65536) end do
            count = count + 1
            client:send(count == 5 and data:sub(2) or data)
        end
    end)
    expect_refused(server, "bulk", "size=65536", "depth=4")
    server:stop()
end)

test("load notices a connection that is closed", function()
    local server = sss.serve("127.0.0.1:0", function(client)
        client:receive()
    end)
    expect(expect_refused(server, "connect"):find("closed"), "it said something else")
    server:stop()
end)

test("load notices a wrong body over HTTP", function()
    local server = sss.serve("127.0.0.1:0", function(client)
        while client:receiveuntil("\r\n\r\n") do
            client:send("HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\nHello, World!\n")
        end
    end)
    expect(expect_refused(server, "http"):find("body"), "it said something else")
    server:stop()
end)

-- Serves datagrams until the test is over; f says what to send back, or nil for nothing.
local function datagrams(f)
    local sock = sss.listen("127.0.0.1:0", { type = "dgram" })
    sss.spawn(function()
        local data, sender = sock:recvfrom()
        while data do
            local answer = f(data)
            if answer then sock:sendto(answer, sender) end
            data, sender = sock:recvfrom()
        end
    end)
    return sock
end

test("load notices a wrong datagram", function()
    local sock = datagrams(function(data) return data:sub(1, -2) .. "?" end)
    expect_refused(sock, "udp", "connections=2")
    sock:close()
end)

test("load survives lost datagrams and counts them", function()
    local count = 0
    local sock = datagrams(function(data)
        count = count + 1
        return count % 20 ~= 0 and data or nil
    end)
    local load = child.start({ LOAD, "udp", "connections=4", "port=" .. sock:getsockname().port },
        cpus.load)
    load:line()
    local operations, lost, finish = 0, 0, sss.now() + 60
    repeat
        local more, more_lost = load:ask("300"):match("^(%d+) %S+ %S+ (%d+) ")
        operations, lost = operations + more, lost + more_lost
    until operations > 20 and lost > 0 or sss.now() > finish
    expect(operations > 20 and lost > 0, "%d done, %d lost", operations, lost)
    sock:close()
end)

-- The HTTP servers are correct where the load generator does not look.

local EXCHANGES = {
    { "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "^HTTP/1.1 200 .-\nHello, w" },
    { "GET /hello HTTP/1.0\r\n\r\n", "^HTTP/1.1 200 .*Hello, world!\n$" },
    { "HEAD /hello HTTP/1.1\r\nConnection: Close\r\n\r\n", "^HTTP/1.1 200 .*: 14\r\n.*\r\n\r\n$" },
    { "GET /other HTTP/1.1\r\nconnection:close\r\n\r\n", "^HTTP/1.1 404 " },
    { "PUT /hello HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcGET /hello HTTP/1.0\r\n\r\n",
        "^HTTP/1.1 405 .*HTTP/1.1 200 " },
    { "GET /hello HTTP/1.1\r\n\r\nGET /hello HTTP/1.0\r\n\r\n", "^HTTP/1.1 200 .*HTTP/1.1 200 " },
    { "nonsense\r\n\r\n", "^HTTP/1.1 400 " },
    { "GET / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", "^HTTP/1.1 400 " },
    { "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "^HTTP/1.1 501 " },
}

for _, subject in ipairs { "reference", "sssrun" } do
    test("http: the server of " .. subject .. " is correct", function()
        local server = child.start(subjects[subject]("http"), cpus.server)
        local address = "127.0.0.1:" .. server:line()
        for _, exchange in ipairs(EXCHANGES) do
            local client = sss.connect(address)
            client:send(exchange[1]:sub(1, 10))
            sss.sleep(0.01)
            client:send(exchange[1]:sub(11))
            client:settimeout(60)
            local answer = tostring(client:receive("a"))
            expect(answer:find(exchange[2]), "%q was answered by %q", exchange[1], answer)
            client:close()
        end
    end)
end

for _, subject in ipairs { "reference", "sssrun" } do
    test("bulk: the server of " .. subject .. " waits for a slow reader", function()
        local server = child.start(subjects[subject]("bulk"), cpus.server)
        local client = sss.connect("127.0.0.1:" .. server:line())
        local sent = ("0123456789abc\n"):rep(1000000)
        local writer = sss.spawn(function() client:send(sent) end)
        sss.sleep(0.1)
        client:settimeout(60)
        expect(client:receive(#sent) == sent, "what came back is not what was sent")
        writer:join()
        client:close()
    end)

    test("lines: the server of " .. subject .. " takes lines in pieces", function()
        local server = child.start(subjects[subject]("lines"), cpus.server)
        local client = sss.connect("127.0.0.1:" .. server:line())
        client:settimeout(60)
        for _, piece in ipairs { "a", "b", "c\nd", "e\n\nf", "\n" } do
            client:send(piece)
            sss.sleep(0.01)
        end
        client:shutdown("write")
        local answer = client:receive("a")
        expect(answer == "abc\nde\n\nf\n", "%q came back", tostring(answer))
        client:close()
    end)
end

-- The arithmetic.

-- Slices of COUNT blocks on a machine whose speed at slice i is speed(i); A is three times as fast
-- as B, and its last block twice as fast as that.
local function drifting(count, speed)
    local slices, fast = {}, { a = 3, b = 1 }
    for i = 1, count * statistics.BLOCK do
        local side = statistics.turn(i)
        local last = i > (count - 1) * statistics.BLOCK and side == "a"
        slices[i] = { side = side, operations = fast[side] * speed(i) * (last and 2 or 1),
            seconds = 1 }
    end
    return slices
end

test("ratios of blocks", function()
    local turns = ""
    for _, slice in ipairs(drifting(2, math.sin)) do turns = turns .. slice.side end
    expect(turns == "abbabaab" .. "abbabaab", "turns %s", turns)
    local sum = statistics.ratios(drifting(5, function(i) return 100 + i end), "operations",
        "seconds")
    expect(sum.median == 3 and sum.low == 3 and sum.high == 3, "steady drift: %g", sum.median)
    sum = statistics.ratios(drifting(2, function(i) return 100 + i * i end), "operations",
        "seconds")
    expect(sum.low == 3.75 and sum.high == 5.25, "bending drift: %g %g", sum.low, sum.high)
end)

test("medians and quartiles", function()
    local sum = statistics.summary { 5, 1, 4, 2, 3 }
    expect(sum.median == 3 and sum.low == 2 and sum.high == 4, "%g %g", sum.median, sum.low)
    expect(math.abs(sum.spread - 200 / 3) < 1e-9, "spread %g", sum.spread)
end)

-- Two blocks of a row as `results` sums them up: rates 3 to 1, CPU time 1 to 2 and 1 to 4.
local function two_blocks()
    local slices = {}
    for i = 1, 2 * statistics.BLOCK do
        local is_a = statistics.turn(i) == "a"
        slices[i] = { side = statistics.turn(i), operations = is_a and 300 or 100, seconds = 0.1,
            cpu = is_a and 0.03 or (i <= statistics.BLOCK and 0.02 or 0.04), lost = 0, p99 = 0.5 }
    end
    return slices
end

test("a table of blocks", function()
    local row = { name = "x", title = "x", kind = "lines", at_least = 2 }
    local sum = results.summary(row, two_blocks())
    expect(sum.median == 3 and not sum.unsure and sum.met, "rate %g", sum.median)
    expect(math.abs(sum.cpu.median - 0.375) < 1e-9 and sum.cpu.unsure, "CPU %g", sum.cpu.median)
    local text = report.main({ row }, { x = sum })
    local line = "x +>= 2.00 +3.000 +0.0 %% +3,000 +100.00 +300.00 +unsure +33.3 %% +30 %% +reached"
    expect(text:find(line), "the table says %s", text)
end)

-- Refusals and interrupts, of the whole benchmark.

local function bench(prefix, program, ...)
    local script = arg[0]:gsub("selftest%.lua$", "run.lua")
    local words = { "sh", "-c", prefix .. ' exec "$@" 2>&1', "sh", program, script,
        "out=" .. FOLDER, ... }
    return child.start(words)
end

local function expect_message(run, pattern)
    local text = run.talk:receive("a")
    local status = run:wait()
    expect(text:find(pattern), "it said '%s'", text)
    expect(status == 2, "it ended with status %d", status)
end

os.execute("mkdir -p " .. FOLDER)
local program = machine.program()

test("an unknown row is refused", function()
    expect_message(bench("", program, "rows=lines65"), "no row 'lines65'; the rows are lines64 ")
end)

test("an unknown peer is refused", function()
    expect_message(bench("", program, "peers=gone"), "no peer 'gone'")
end)

test("a sanitizer build is refused", function()
    expect(machine.is_static(program), "%s is not static", program)
    expect_message(bench("", "build/asan/sssrun", "peers=none"), "not the static release")
end)

test("too few descriptors are refused", function()
    expect_message(bench("ulimit -n 2000;", program, "rows=idle", "peers=none"),
        "may have 2000 descriptors here, 10300 are needed")
end)

test("a busy machine is refused", function()
    if not server_cpu then
        return expect_message(bench("", program, "rows=lines64", "peers=none"), "two CPUs")
    end
    local busy = child.start({ "sh", "-c", "while :; do :; done" }, cpus.server)
    expect_message(bench("BENCH_ANYWAY=;", program, "rows=lines64", "peers=none"),
        "the machine is busy: %d+ %% of a CPU .*load average")
    busy:stop()
end)

local function processes_of(parent)
    local found = {}
    local pipe = io.popen("cat /proc/[0-9]*/stat 2>/dev/null")
    for stat in pipe:lines() do
        local pid, ppid = stat:match("^(%d+) %(.*%) %S (%d+)")
        if tonumber(ppid) == parent then found[#found + 1] = pid end
    end
    pipe:close()
    return found
end

-- Until f() is true; false after a minute.
local function wait_for(f)
    local finish = sss.now() + 60
    repeat
        if f() then return true end
        sss.sleep(0.05)
    until sss.now() > finish
    return false
end

local function gone(pids)
    for _, pid in ipairs(pids) do
        local stat = machine.read("/proc/" .. pid .. "/stat")
        if stat and not stat:find("%) Z ") then return false end
    end
    return true
end

for name, number in pairs(server_cpu and { INT = 2, TERM = 15, KILL = 9 } or {}) do
    test("nothing is left after " .. name, function()
        local run = bench("BENCH_ANYWAY=1; export BENCH_ANYWAY;", program, "rows=lines64",
            "peers=none", "blocks=1000")
        local pids
        expect(wait_for(function()
            pids = processes_of(run.pid)
            return #pids >= 4
        end), "it started %d processes", #pids)
        run:signal(number)
        local status = run:wait()
        expect(status == 128 + number, "it ended with status %d", status)
        expect(wait_for(function() return gone(pids) end), "a process is left")
    end)
end

os.execute("rm -rf " .. FOLDER)
os.exit(0)
