-- SPDX-License-Identifier: BSD-3-Clause
-- Datagrams that come in bursts: several are fetched at a time, and nothing of that is to be seen.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local function udp(host)
    local s = sss.socket(host == "[::1]" and "inet6" or "inet", "dgram")
    s:bind((host or "127.0.0.1") .. ":0")
    s:settimeout(t.patience)
    return s, s:getsockname()
end

local hosts = { udp = "127.0.0.1" }
if link.has_ipv6() then hosts.udp6 = "[::1]" end

-- f(one socket, its address, another, its address)
local function over_all(name, f)
    for kind, host in pairs(hosts) do
        t.task(name .. " (" .. kind .. ")", function()
            local a, address_a = udp(host)
            local b, address_b = udp(host)
            f(a, address_a, b, address_b)
            link.close(a, b)
        end)
    end
end

local enough = 20 -- datagrams in a row: more than are fetched at a time

-- Sends the numbers FIRST to LAST, enough of them by default.
local function send_numbers(from, address, first, last)
    for i = first or 1, last or enough do from:sendto("number " .. i, address) end
end

local function expect_numbers(here, first, last)
    for i = first or 1, last or enough do t.eq(here:recv(), "number " .. i) end
end

local function expect_nothing(here)
    here:settimeout(0)
    t.eq(t.pack(here:recvfrom()), { n = 2, nil, "timeout" })
    here:settimeout(t.patience)
end

over_all("several are fetched by one call of the system", function(a, _, b, address_b)
    t.await("a burst that takes fewer calls than datagrams", function()
        send_numbers(a, address_b)
        local before = sss.stats()
        expect_numbers(b)
        local after = sss.stats()
        t.eq(after.received - before.received, #"number 1" * 9 + #"number 10" * 11)
        return after.calls.recv - before.calls.recv < enough
    end)
end)

-- As many as a socket's buffer holds for certain.
local most_in_flight = 150000
local sizes = { 0, 1, 64, 1472, 0, 0, 9000, 2, 65507, 512, 333, 0, 20000, 1, 40000, 7 }

over_all("two hundred of different sizes, in order, each whole", function(a, address_a, b, address_b)
    local sent, received = 0, 0
    local function data_of(i)
        local size = sizes[i % #sizes + 1]
        return (tostring(i) .. " "):rep(size):sub(1, size)
    end
    while received < 200 do
        local in_flight = 0
        repeat
            local data = data_of(sent + 1)
            a:sendto(data, address_b)
            sent = sent + 1
            in_flight = in_flight + 2 * #data + 2000
        until sent == 200 or in_flight + 2 * #data_of(sent + 1) + 2000 > most_in_flight
        while received < sent do
            local data, from = b:recvfrom()
            received = received + 1
            t.ok(data == data_of(received), "datagram " .. received)
            t.ok(from == address_a, "where from")
        end
    end
    expect_nothing(b)
end)

over_all("senders that alternate", function(a, address_a, b, address_b)
    local c, address_c = udp(hosts.udp)
    local all = { [0] = a, b, b, a, b }
    local names = { [0] = address_a, address_b, address_b, address_a, address_b }
    if a.domain == sss.AF.inet then
        all[5], names[5] = c, address_c
    end
    local here, to = udp(a.domain == sss.AF.inet and hosts.udp or hosts.udp6)
    for round = 1, 10 do
        for i = 0, enough - 1 do all[i % (#all + 1)]:sendto(round .. "/" .. i, to) end
        for i = 0, enough - 1 do
            local data, from = here:recvfrom()
            t.eq(data, round .. "/" .. i)
            t.ok(from == names[i % (#all + 1)], "where from")
        end
    end
    link.close(here, c)
end)

t.task("senders of both families to one socket", function()
    if not hosts.udp6 then t.skip("no IPv6") end
    local here = sss.listen("[::]:0", { type = "dgram", v6only = false })
    here:settimeout(t.patience)
    local port = here:getsockname().port
    local a, address_a = udp()
    local b, address_b = udp("[::1]")
    for round = 1, 5 do
        for i = 1, enough, 2 do
            a:sendto(tostring(i), "127.0.0.1:" .. port)
            b:sendto(tostring(i + 1), "[::1]:" .. port)
        end
        for i = 1, enough do
            local data, from = here:recvfrom()
            t.eq(data, tostring(i))
            t.eq(from.port, (i % 2 == 1 and address_a or address_b).port)
            t.eq(from.host, i % 2 == 1 and "::ffff:127.0.0.1" or "::1")
        end
    end
    link.close(here, a, b)
end)

over_all("what is longer than asked is cut off, and that one alone", function(a, _, b, address_b)
    for i = 1, enough do a:sendto(("%02d"):format(i) .. ("x"):rep(500), address_b) end
    for i = 1, enough do
        local data = i % 3 == 0 and b:recvfrom(2) or i % 3 == 1 and b:recv(2) or b:recv(502)
        t.eq(data, ("%02d"):format(i) .. (i % 3 == 2 and ("x"):rep(500) or ""))
    end
end)

over_all("a look between takes nothing", function(a, _, b, address_b)
    send_numbers(a, address_b)
    for i = 1, enough do
        t.eq(b:peek(6), "number")
        t.eq(b:peek(), "number " .. i)
        t.eq(b:recvfrom(), "number " .. i)
    end
    expect_nothing(b)
end)

over_all("ready to be read as long as there is one", function(a, _, b, address_b)
    send_numbers(a, address_b)
    for i = 1, enough do
        t.eq(sss.wait(b, "r", t.patience), true)
        t.eq(b:recv(), "number " .. i)
    end
    t.eq(t.pack(sss.wait(b, "r", 0)), { n = 2, nil, "timeout" })
end)

over_all("a task that is cancelled, or has no time, in the middle loses none",
    function(a, _, b, address_b)
        send_numbers(a, address_b)
        local sleeps = false
        local reader = sss.spawn(function()
            expect_numbers(b, 1, 7)
            sleeps = true
            sss.sleep(60)
        end)
        t.await("its sleep", function() return sleeps end)
        reader:cancel()
        t.raises("cancelled", reader.join, reader)
        local next_one = 8
        t.eq(t.pack(sss.timeout(0.05, function()
            while next_one < 12 do
                expect_numbers(b, next_one, next_one)
                next_one = next_one + 1
            end
            sss.sleep(60)
        end)), { n = 2, nil, "timeout" })
        expect_numbers(b, next_one)
        t.eq(t.pack(sss.timeout(0.01, b.recvfrom, b)), { n = 2, nil, "timeout" })
        send_numbers(a, address_b, 1, 5)
        expect_numbers(b, 1, 5)
    end)

over_all("two tasks in turn", function(a, _, b, address_b)
    local turn, seen = sss.semaphore(1), {}
    send_numbers(a, address_b)
    local function reader()
        for _ = 1, enough / 2 do
            turn:acquire()
            seen[#seen + 1] = b:recvfrom()
            turn:release()
            sss.yield()
        end
    end
    sss.gather(reader, reader)
    for i = 1, enough do t.eq(seen[i], "number " .. i) end
end)

over_all("close in the middle: the next socket of that number has none of them",
    function(a, address_a, b, address_b)
        local host = a.domain == sss.AF.inet and hosts.udp or hosts.udp6
        for _ = 1, 5 do
            local old, to = udp(host)
            send_numbers(a, to)
            expect_numbers(old, 1, 5)
            old:close()
            local new, new_to = udp(host)
            expect_nothing(new)
            send_numbers(b, new_to)
            for i = 1, enough do
                local data, from = new:recvfrom()
                t.eq(data, "number " .. i)
                t.ok(from == address_b, "where from")
            end
            new:close()
        end
        send_numbers(b, address_a)
        expect_numbers(a)
        send_numbers(a, address_b)
        expect_numbers(b)
    end)

over_all("two sockets are flooded at once; a third has some that nobody asks for",
    function(a, address_a, b, address_b)
        local host = a.domain == sss.AF.inet and hosts.udp or hosts.udp6
        local idle, to_idle = udp(host)
        send_numbers(a, to_idle)
        expect_numbers(idle, 1, 4)
        local function flood(here, from, address)
            for _ = 1, 10 do
                send_numbers(from, address)
                for i = 1, enough do
                    t.eq(here:recvfrom(), "number " .. i)
                    if i % 5 == 0 then sss.yield() end
                end
            end
        end
        sss.gather(
            function() flood(a, b, address_a) end,
            function() flood(b, a, address_b) end)
        expect_numbers(idle, 5)
        flood(a, b, address_a)
        idle:close()
    end)

over_all("a refusal in the middle is told once, and no datagram is lost",
    function(a, address_a, b, address_b)
        t.not_emulated("recvmmsg() drops an error that comes behind a datagram")
        for _ = 1, 5 do
            local host = a.domain == sss.AF.inet and hosts.udp or hosts.udp6
            local here, address = udp(host)
            local there, its_address = udp(host)
            here:connect(its_address)
            send_numbers(there, address)
            expect_numbers(here, 1, 5)
            there:close()
            here:send("anybody?")
            local refused, count = 0, 5
            while refused == 0 or count < enough do
                local ok, data = pcall(here.recv, here)
                if ok then
                    count = count + 1
                    t.eq(data, "number " .. count)
                else
                    t.eq(data.code, "ECONNREFUSED")
                    refused = refused + 1
                end
            end
            t.eq(refused, 1)
            expect_nothing(here)
            here:close()
        end
        send_numbers(a, address_b, 1, 1)
        expect_numbers(b, 1, 1)
        send_numbers(b, address_a, 1, 1)
        expect_numbers(a, 1, 1)
    end)

over_all("connect and shutdown in the middle: what has come stays",
    function(a, address_a, b, address_b)
        send_numbers(a, address_b)
        expect_numbers(b, 1, 5)
        b:connect(b.domain == sss.AF.inet and "127.0.0.1:9" or "[::1]:9")
        expect_numbers(b, 6, 10)
        b:connect(address_a)
        b:shutdown("read")
        expect_numbers(b, 11)
    end)

t.test("a worker that is started in the middle goes on with them; no other has any twice", function()
    local process = t.child.start([[
        local sss = require "sss"
        local here = sss.listen("127.0.0.1:0", { type = "dgram" })
        local there = sss.socket("inet", "dgram")
        for i = 1, 20 do there:sendto(tostring(i), here:getsockname()) end
        for i = 1, 5 do print(here:recv()) end
        sss.workers(3)
        sss.onsignal("TERM", function() os.exit() end)
        while true do
            print(here:recv())
            io.stdout:flush()
        end]])
    t.after(function() process:kill() end)
    local seen = {}
    for _ = 1, 20 do
        local number = process:line()
        t.ok(tonumber(number), "a number")
        t.eq(seen[number], nil, "number " .. number .. " before")
        seen[number] = true
    end
    process:kill("TERM")
    t.eq(process:rest(), "")
end)

t.run()
