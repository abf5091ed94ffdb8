-- SPDX-License-Identifier: BSD-3-Clause
-- A name server that lies, that talks nonsense, or that never answers (RFC 1035).

-- It is a task of this program, on port 53 of a network namespace of its own; that look-ups which
-- it does not answer stop no task is shown by the answers to the others.

local bed = require "bed"
local entered, reason = bed.enter() -- before any thread is there

local sss = require "sss"
local t = require "harness"
local name_server = require "name_server"
local proc = require "proc"

local A, CNAME = 1, 5

local u16, u32, encode = name_server.u16, name_server.u32, name_server.encode

local ANSWER, CUT_OFF, NO_SUCH_NAME = 0x8180, 0x8380, 0x8183 -- flags

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
    return reply(q, q.number == A and { record(A, address(9)) } or {})
end

-- What it says to a question for NAME.test: a packet, an array of them, or nothing.
local says = {}
says.good = right

-- Those that wait for an answer for ever, or until the test is over: functions that give one.
local hanging = {}
function says.silent(q, _, answer)
    if hanging.over then return reply(q, {}, NO_SUCH_NAME) end
    table.insert(hanging, function() answer(reply(q, {}, NO_SUCH_NAME)) end)
end

local function end_silence()
    hanging.over = true
    while #hanging > 0 do table.remove(hanging)() end
end

function says.empty() return "" end
function says.short(q) return q.id end
function says.noise(q) return q.id .. ("\255"):rep(500) end

function says.garbage()
    return require("random").new():stream(300, 9)
end

says["wrong-id"] = function(q)
    local id = q.id:byte(1) * 256 + q.id:byte(2)
    return right { id = u16((id + 1) % 65536), text = q.text, number = q.number }
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
    for i = 1, q.number == A and 4000 or 0 do
        records[i] = "\192\12" .. u16(A) .. u16(1) .. u32(60) .. u16(4) .. "\127\1"
                .. u16(i)
    end
    return reply(q, records)
end

function says.two(q)
    return reply(q, q.number == A and { record(A, address(7)), record(A, address(8)) } or {})
end

-- Cut off: to be asked again over TCP.
says["by-stream"] = function(q, stream)
    return stream and right(q) or reply(q, {}, CUT_OFF)
end
says["stream-silent"] = function(q, stream)
    if not stream then return reply(q, {}, CUT_OFF) end
end

local asked = {} -- how often each name was

-- What is said to PACKET at once; ANSWER is for what is said later.
local function answers(packet, answer, stream)
    local q = name_server.parse(packet)
    if not q then return {} end
    local name = q.name:match("^(.*)%.test$")
    asked[q.name] = (asked[q.name] or 0) + 1
    local f = says[name] or says["not-there"]
    local said = f(q, stream, answer)
    return type(said) == "table" and said or { said }
end

local function serve_datagrams(udp)
    while true do
        local packet, from = udp:recvfrom()
        local function answer(said) udp:sendto(said, from) end
        for _, said in ipairs(answers(packet, answer)) do answer(said) end
    end
end

local function serve_stream(client)
    client:settimeout(1) -- glibc has no time limit for a stream
    for size in function() return (client:receive(2)) end do
        local packet = client:receive(size:byte(1) * 256 + size:byte(2))
        for _, said in ipairs(packet and answers(packet, nil, true) or {}) do
            client:send { u16(#said), said }
        end
    end
end

-- A look-up that nobody waits for any more keeps its socket until it has an answer, or until
-- resolv.conf's time is over.
local function wait_for_hanging(descriptors)
    t.await("the end of all look-ups", function() return proc.descriptors("self") <= descriptors end)
end

-- Runs f() with the server and a resolv.conf that names it and gives it so many seconds.
local function with_server(f, seconds)
    if not entered then t.skip(reason) end
    local path = t.write_file(("nameserver 127.0.0.1\noptions timeout:%d attempts:1\n"):format(
        seconds))
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
    hanging.over = false
    local before = proc.descriptors("self")
    f()
    end_silence()
    wait_for_hanging(before)
end

-- With 60 seconds nothing that is tested here waits for the end of that time.
local function over(name, f, seconds)
    t.test(name, function() with_server(f, seconds or 60) end)
end

-- Looks NAME.test up, which must end in time: its first address, or the error's code.
local function look_up(name)
    local ok, found, why = pcall(sss.timeout, 50, sss.resolve, name .. ".test", 80)
    if ok and not found then error(name .. ": " .. why) end
    if ok then return found[1].host, #found end
    return t.ok(found.code, tostring(found))
end

over("a server that is right", function()
    t.eq(look_up("good"), "127.0.0.9")
    t.eq(look_up("wrong-then-right"), "127.0.0.9")
    t.eq(look_up("not-there"), "EAI_NONAME")
    -- not every C library asks again over TCP
    local said = look_up("by-stream")
    t.ok(said == "127.0.0.9" or said == "EAI_NONAME", said)
end)

-- Each within the time that resolv.conf gives; all of them at once.
over("lies, nonsense and silence are errors, in time", function()
    local names = { "silent", "empty", "short", "noise", "garbage", "wrong-id", "cut", "circle",
        "beyond", "endless", "chain", "wrong-size", "failing", "stream-silent" }
    local tasks = {}
    for i, name in ipairs(names) do tasks[i] = sss.spawn(look_up, name) end
    for i, name in ipairs(names) do
        local said = tasks[i]:join()
        t.ok(asked[name .. ".test"], "a question for " .. name)
        t.ok(said:find("^EAI_") or said:find("^127%.0%.0%."), name .. ": " .. said)
    end
    for i, name in ipairs(names) do
        if name == "silent" or name == "wrong-id" or name == "wrong-size" or name == "failing" then
            t.ok(tasks[i]:join():find("^EAI_"), name)
        end
    end
end, 2)

over("a huge answer is cut to size or an error", function()
    local host, count = look_up("huge")
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
    t.ok(sss.now() - began < 50, "seconds")
    end_silence()
    local _, stuck = pcall(sss.connect, "silent.test:80")
    t.match(stuck.code, "^EAI_")
end)

over("many look-ups that are not answered: the other tasks go on", function()
    local tasks = {}
    for i = 1, 50 do
        tasks[i] = sss.spawn(sss.resolve, "silent.test")
        tasks[i + 50] = sss.spawn(sss.timeout, 0.1, sss.resolve, "silent.test")
    end
    for _ = 1, 50 do sss.sleep(0.001) end
    for i = 51, 100 do t.eq(select(2, tasks[i]:join()), "timeout") end
    for i = 1, 50 do
        t.eq(tasks[i].status, "waiting")
        t.raises("cancelled", tasks[i].join, tasks[i]:cancel())
    end
end)

over("while look-ups hang, numbers and localhost are there at once", function()
    local tasks = {}
    for i = 1, 10 do
        tasks[i] = sss.spawn(sss.resolve, "silent.test")
    end
    sss.sleep(0.05)
    local began = sss.now()
    t.eq(sss.resolve("127.0.0.1", 80)[1].port, 80)
    t.eq(sss.resolve("localhost", 80)[1].port, 80)
    t.raises("ECONNREFUSED", sss.connect, "localhost:1")
    t.ok(sss.now() - began < 50, "seconds: " .. sss.now() - began)
    for i = 1, 10 do
        t.eq(tasks[i].status, "waiting")
        t.raises("cancelled", tasks[i].join, tasks[i]:cancel())
    end
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
    t.ok(sss.now() - began < 50, "seconds: " .. sss.now() - began)
end)

-- two.test has two addresses, and at neither of them is there room for another connection.

local port = 8007

-- How many connects of this network wait for one of them: those in the state SYN_SENT (2), proc(5).
local function connecting()
    return select(2, t.read_file("/proc/net/tcp"):gsub((" %%x+:%%x+ %%x+:%04X 02 "):format(port), ""))
end

local function over_full(name, f)
    over(name, function()
        local held = {}
        local ok, err = pcall(function()
            for last = 7, 8 do
                local where = ("127.0.0.%d:%d"):format(last, port)
                local listener = sss.listen(where, { backlog = 0 })
                table.insert(held, listener)
                table.insert(held, sss.connect(where))
                sss.wait(listener, "r") -- there is room for no other
            end
            f()
        end)
        for _, s in ipairs(held) do s:close() end
        if not ok then error(err, 0) end
    end)
end

local function await_no_connect()
    t.await("the end of all connects", function() return connecting() == 0 end)
end

local function connect_by_method(name)
    local socket = sss.socket()
    local ok, err = pcall(socket.connect, socket, name)
    socket:close()
    if not ok then error(err, 0) end
end

-- The cancel was taken for a failure of the first address, and the task went on to the second.
over_full("a cancelled connect to a name tries no further address", function()
    for _, connect in ipairs { connect_by_method, sss.connect } do
        local task = sss.spawn(connect, "two.test:" .. port)
        local seen, problem = pcall(t.await, "the connect", function() return connecting() > 0 end)
        t.raises("cancelled", task.join, task:cancel())
        t.ok(seen, problem)
        await_no_connect()
    end
end)

-- And so was Ctrl-C.
over_full("Ctrl-C ends a connect to a name, however many addresses it has", function()
    for _, code in ipairs { "local s = sss.socket() s:connect(...)", "sss.connect(...)" } do
        local running = t.child.start(('local sss = require "sss" %s print "went on"'):format(code),
            { args = "two.test:" .. port })
        local seen, problem = pcall(t.await, "the connect", function() return connecting() > 0 end)
        running:kill(seen and "INT" or "KILL")
        local output, status = running:rest()
        t.ok(seen, problem)
        t.eq(output, "sssrun: interrupted\n")
        t.eq(status, 130)
        await_no_connect()
    end
end)

t.run()
