-- SPDX-License-Identifier: BSD-3-Clause
-- Look-ups against a name server that fails in one family, in part, or late; and the files.

local bed = require "bed"
local entered, reason = bed.enter()

local sss = require "sss"
local dns = require "name_server"
local proc = require "proc"
local t = require "harness"

-- A test with a name server that says SAYS, on each of WHERE, and with these files.
local function over(name, says, f, files)
    t.test(name, function()
        if not entered then t.skip(reason) end
        files = files or {}
        dns.show(t, "/etc/resolv.conf", files.resolv or "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        dns.show(t, "/etc/hosts", files.hosts or "127.0.0.1 localhost\n")
        local servers = {}
        for i, where in ipairs(files.where or { "127.0.0.1:53" }) do
            servers[i] = dns.start(where, says)
        end
        local before = proc.descriptors("self")
        local ok, err = pcall(f, unpack(servers))
        local after = ok and t.await("the end of all look-ups", function()
            local now = proc.descriptors("self")
            return now <= before and now
        end)
        for _, server in ipairs(servers) do server.stop() end
        if not ok then error(err, 0) end
        t.eq(after, before, "descriptors")
    end)
end

local function hosts_of(addresses)
    local hosts = {}
    for i, address in ipairs(addresses) do hosts[i] = address.host end
    return table.concat(hosts, " ")
end

-- Runs CODE in a program of its own, while this one serves: its output, which comes at its end.
local function run(code, options)
    local running = t.child.start([[
        local said = {}
        local function print(...)
            local words = {}
            for i = 1, select("#", ...) do words[i] = tostring((select(i, ...))) end
            said[#said + 1] = table.concat(words, "\t") .. "\n"
        end
        ]] .. code .. " io.write(table.concat(said))", options)
    sss.wait(running.pipe, "r")
    return (running:rest())
end

-- The hosts of NAME, or the error's code; and how long it took.
local function look_up(name, options)
    local began = sss.now()
    local ok, found, why = pcall(sss.timeout, 50, sss.resolve, name, 80, options)
    local took = sss.now() - began
    if ok and not found then return why, took end
    return ok and hosts_of(found) or found.code or tostring(found), took
end

-- Each family in each way, beside the other one that is well -------------------------------------

local faults = {}
function faults.error(q) return dns.answer(q, {}, "SERVFAIL") end
function faults.refused(q) return dns.answer(q, {}, "REFUSED") end
faults["not-implemented"] = function(q) return dns.answer(q, {}, "NOTIMP") end
faults["form-error"] = function(q) return dns.answer(q, {}, "FORMERR") end
faults["no-such-name"] = function(q) return dns.answer(q, {}, "NXDOMAIN") end
function faults.empty(q) return dns.answer(q, {}) end
function faults.silence() return nil end
function faults.garbage(q) return q.id .. ("\255"):rep(40) end
function faults.short(q) return q.id end
faults["wrong-id"] = function(q)
    local packet = dns.answer(q, dns.addresses(q, "127.0.0.66", "::66"))
    return dns.u16((packet:byte(1) * 256 + packet:byte(2) + 1) % 65536) .. packet:sub(3)
end
faults["wrong-name"] = function(q)
    return dns.answer(q, { q.type == "A" and dns.record("A", dns.ipv4("127.0.0.66"), "other.example")
        or dns.record("AAAA", ("\0"):rep(15) .. "\102", "other.example") })
end
faults["wrong-question"] = function(q)
    local packet = dns.answer(q, dns.addresses(q, "127.0.0.66", "::66"))
    return (packet:gsub("example", "exbmple", 1))
end
faults["cut-and-no-stream"] = function(q)
    if not q.by_stream then return dns.answer(q, {}, nil, true) end
end
faults["cut-by-stream-too"] = function(q) return dns.answer(q, {}, nil, true) end
faults["alias-of-itself"] = function(q) return dns.answer(q, { dns.record("CNAME", dns.encode(q.name)) }) end
faults["aliases-in-a-circle"] = function(q)
    return dns.answer(q, { dns.record("CNAME", dns.encode("b.example")),
        dns.record("CNAME", dns.encode(q.name), "b.example") })
end

-- NAME is "<fault>.<4 or 6>.example": that family has the fault, the other is well.
local function one_family_fails(q)
    local fault, family = q.name:match("^(.-)%.(%d)%.example$")
    if not fault then return dns.answer(q, {}, "NXDOMAIN") end
    if (family == "4") == (q.type == "A") then return faults[fault](q) end
    return dns.answer(q, dns.addresses(q, "127.0.0.9", "::9"))
end

-- ::9 cannot be reached here, and so comes last.
over("what one family's answer is does not hinder the other", one_family_fails, function()
    local tasks = {}
    for fault in pairs(faults) do
        for _, family in ipairs { "4", "6" } do
            local name = ("%s.%s.example"):format(fault, family)
            tasks[name] = sss.spawn(look_up, name)
        end
    end
    for name, task in pairs(tasks) do
        local found, took = task:join()
        local expected = name:find("%.4%.") and "::9" or "127.0.0.9"
        t.eq(found, expected, name)
        t.ok(took < 20, name .. " took " .. took)
    end
end)

over("and sss.connect takes the one that has an answer", one_family_fails, function()
    local four = sss.serve("127.0.0.9:0", function(client) client:send("four\n") end)
    local port = four:address().port
    for fault in pairs(faults) do
        local socket = t.ok(sss.connect(fault .. ".6.example:" .. port, { timeout = 30 }), fault)
        t.eq(socket:receive("l"), "four", fault)
        socket:close()
    end
    four:stop()
    four:join()
end)

over("an address of one family only", function(q)
    local family = q.name == "four.example" and "A" or "AAAA"
    return dns.answer(q, q.type == family and dns.addresses(q, "127.0.0.9", "::9") or {})
end, function()
    t.eq(look_up("four.example"), "127.0.0.9")
    t.eq(look_up("six.example"), "::9")
    t.eq(look_up("four.example", { family = "inet6" }), "EAI_NONAME")
    t.eq(look_up("six.example", { family = "inet" }), "EAI_NONAME")
    t.eq(look_up("six.example", { family = "inet6" }), "::9")
end)

over("failures are told apart", function(q)
    local fault = faults[q.name:match("^(.-)%.example$")]
    if fault then return fault(q) end
    return dns.answer(q, {}, "NXDOMAIN")
end, function()
    local expected = { ["no-such-name"] = "EAI_NONAME", empty = "EAI_NONAME", error = "EAI_AGAIN",
        refused = "EAI_FAIL", ["not-implemented"] = "EAI_FAIL", ["form-error"] = "EAI_FAIL",
        silence = "EAI_AGAIN", garbage = "EAI_AGAIN", short = "EAI_AGAIN", ["wrong-id"] = "EAI_AGAIN",
        ["wrong-name"] = "EAI_NONAME", ["wrong-question"] = "EAI_AGAIN",
        ["cut-and-no-stream"] = "EAI_AGAIN", ["alias-of-itself"] = "EAI_FAIL",
        ["aliases-in-a-circle"] = "EAI_FAIL" }
    local tasks = {}
    for fault in pairs(expected) do tasks[fault] = sss.spawn(look_up, fault .. ".example") end
    for fault, task in pairs(tasks) do t.eq(task:join(), expected[fault], fault) end
    local _, err = pcall(sss.resolve, "error.example")
    t.eq(tostring(err), "resolve error.example: Temporary failure in name resolution")
end)

-- Time --------------------------------------------------------------------------------------------

local function late(seconds)
    return function(q)
        return { after = seconds, dns.answer(q, dns.addresses(q, "127.0.0.9", "::9")) }
    end
end

over("a thousand names at once take as long as one", late(1), function(server)
    t.not_emulated("slow, server and client together")
    local tasks, began = {}, sss.now()
    for i = 1, 1000 do tasks[i] = sss.spawn(look_up, ("n%d.example"):format(i)) end
    for i = 1, 1000 do t.eq(tasks[i]:join(), "127.0.0.9 ::9", i) end
    local took = sss.now() - began
    t.ok(took < (t.sanitized and 40 or 4), "seconds: " .. took)
    t.ok(server.questions <= 2400, "questions: " .. server.questions)
end, { resolv = "nameserver 127.0.0.1\n" })

-- The time of an attempt is that of resolv.conf, however quick the answers before were.
over("a slow name after quick ones", function(q)
    local answer = dns.answer(q, dns.addresses(q, "127.0.0.9"))
    return q.name == "slow.example" and { after = 1.5, answer } or answer
end, function(server)
    for i = 1, 10 do t.eq(look_up(("quick%d.example"):format(i)), "127.0.0.9") end
    t.eq(look_up("slow.example"), "127.0.0.9")
    t.eq(server.asked["slow.example"], 2)
end, { resolv = "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n" })

over("IPv6 a moment later is waited for, much later not", function(q)
    local seconds = tonumber(q.name:match("^late(%d+)%.")) / 100
    local answer = dns.answer(q, dns.addresses(q, "127.0.0.9", "::1"))
    return q.type == "AAAA" and { after = seconds, answer } or answer
end, function()
    local four = sss.listen("127.0.0.9:0")
    local port = four:getsockname().port
    local six = sss.listen("[::1]:" .. port, { v6only = true })
    local began = sss.now()
    local socket = sss.connect("late1000.example:" .. port)
    t.eq(socket:getpeername().host, "127.0.0.9")
    t.ok(sss.now() - began < 5, "not later")
    socket:close()
    socket = sss.connect("late0.example:" .. port)
    t.eq(socket:getpeername().host, "::1")
    socket:close()
    four:close()
    -- nobody listens at what is known: the other family is waited for
    socket = sss.connect("late30.example:" .. port)
    t.eq(socket:getpeername().host, "::1")
    socket:close()
    six:close()
    t.raises("ECONNREFUSED", sss.connect, "late10.example:" .. port)
end, { resolv = "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n" })

over("a socket's timeout covers the look-up", function() return nil end, function()
    local calls = {
        connect = function() return sss.socket():settimeout(0.3):connect("slow.example:9") end,
        sendto = function() return sss.socket("inet", "dgram"):settimeout(0.3):sendto("x", "slow.example:9") end,
        sendto6 = function() return sss.socket("inet6", "dgram"):settimeout(0.3):sendto({ "x", "y" }, "slow.example:9") end,
        send = function()
            return sss.socket("inet", "dgram"):settimeout { send = 0.3 }:send("x", { host = "slow.example", port = 9 })
        end,
        bind = function() return sss.socket():settimeout(0.3):bind("slow.example:0") end,
        connects = function() return sss.connect("slow.example:9", { timeout = 0.3 }) end,
    }
    for name, call in pairs(calls) do
        local began = sss.now()
        local done, why = call()
        t.eq(done, nil, name)
        t.eq(why, "timeout", name)
        t.ok(sss.now() - began < 10, name .. " took " .. sss.now() - began)
    end
    collectgarbage()
end, { resolv = "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n" })

over("with a timeout of 0, what takes no time is known", function() return nil end, function()
    local listener = sss.listen("127.0.0.3:0")
    local socket = sss.socket():settimeout(0)
    socket:connect("here.example:" .. listener:getsockname().port)
    t.ok(sss.wait(socket, "w", 10))
    t.eq(socket:getpeername().host, "127.0.0.3")
    t.eq(t.pack(sss.socket():settimeout(0):connect("slow.example:9"))[2], "timeout")
    socket:close()
    listener:close()
    collectgarbage()
end, { hosts = "127.0.0.3 here.example\n" })

over("look-ups that are cancelled leave nothing, beside one that is not", function(q)
    return q.name:find("^good") and dns.answer(q, dns.addresses(q, "127.0.0.9")) or nil
end, function()
    local before = proc.descriptors("self")
    for i = 1, 20 do
        local tasks = {}
        for j = 1, 50 do tasks[j] = sss.spawn(sss.resolve, ("silent%d.example"):format(j)) end
        sss.sleep(0.01)
        t.eq(look_up(("good%d.example"):format(i)), "127.0.0.9")
        for j = 1, 50 do
            tasks[j]:cancel()
            t.raises("cancelled", tasks[j].join, tasks[j])
        end
        t.eq(proc.descriptors("self"), before)
    end
end, { resolv = "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n" })

over("a wait for a silent server looks at the system a few times, and does not spin", function()
    return nil
end, function()
    local function waits() return sss.stats().calls.epoll_wait end
    local before = waits()
    for i = 1, 3 do
        t.eq(look_up(("silent%d.example"):format(i)), "EAI_AGAIN")
    end
    t.ok(waits() - before < 60, waits() - before)
end, { resolv = "nameserver 127.0.0.1\noptions timeout:1 attempts:2\n" })

-- A tenth of them are given up.
over("a hundred thousand look-ups leave memory and descriptors as they were", function(q)
    return q.name:find("^good") and dns.answer(q, dns.addresses(q, "127.0.0.9")) or nil
end, function(server)
    local function some(from, to)
        for i = from, to do
            if i % 10 == 0 then
                sss.timeout(0.001, sss.resolve, ("silent%d.example."):format(i))
            else
                sss.resolve(("good%d.example."):format(i))
            end
        end
    end
    local function round(number)
        local tasks = {}
        for i = 1, 100 do tasks[i] = sss.spawn(some, (number * 100 + i) * 50, (number * 100 + i) * 50 + 49) end
        for i = 1, 100 do tasks[i]:join() end
        server.asked = {}
        collectgarbage()
    end
    round(0)
    round(1)
    local memory, descriptors = t.status_kb("VmRSS"), proc.descriptors("self")
    local few = t.sanitized or t.emulated -- there it is slow, and memory is not the program's own
    for number = 2, few and 3 or 19 do round(number) end
    collectgarbage()
    t.eq(proc.descriptors("self"), descriptors)
    if not few then
        t.ok(t.status_kb("VmRSS") < memory + 3000, "kB: " .. t.status_kb("VmRSS") .. " after " .. memory)
    end
end, { resolv = "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n" })

-- Servers -----------------------------------------------------------------------------------------

over("a server that is silent, refuses or is not there: the next one is asked", function(q)
    local first = q.at == "127.0.0.2:53"
    if first and q.name:find("^silent") then return nil end
    if first then return dns.answer(q, {}, q.name:find("^refused") and "REFUSED" or "SERVFAIL") end
    return dns.answer(q, dns.addresses(q, "127.0.0.9"))
end, function()
    for _, name in ipairs { "failing", "refused", "silent", "silent2" } do
        t.eq(look_up(name .. ".example"), "127.0.0.9", name)
    end
end, { where = { "127.0.0.2:53", "127.0.0.3:53" },
    resolv = "nameserver 127.0.0.77\nnameserver 127.0.0.2\nnameserver 127.0.0.3\noptions timeout:1\n" })

over("name servers of IPv6 only", function(q)
    return dns.answer(q, dns.addresses(q, "127.0.0.9", "::9"), nil, q.name:find("^cut") and not q.by_stream)
end, function()
    t.eq(look_up("any.example"), "127.0.0.9 ::9")
    t.eq(look_up("cut.example"), "127.0.0.9 ::9")
    t.eq(table.concat(sss.resolvers(), " "), "[::1]:53")
end, { where = { "[::1]:53" }, resolv = "nameserver ::1\n" })

over("no resolv.conf says anything: the server on this machine", function(q)
    return dns.answer(q, dns.addresses(q, "127.0.0.9"))
end, function()
    t.eq(look_up("any.example"), "127.0.0.9")
end, { resolv = "" })

over("nobody at all is an error at once", function() return nil end, function()
    local found, took = look_up("any.example")
    t.eq(found, "EAI_AGAIN")
    t.ok(took < 5, took)
end, { where = {}, resolv = "nameserver 127.0.0.55\nnameserver ::1\nnameserver 240.0.0.1\n" })

over("sss.resolvers and SSS_RESOLVERS name the servers", function(q)
    return dns.answer(q, dns.addresses(q, q.at:find(":53$") and "127.0.0.9" or "127.0.0.8"))
end, function()
    t.eq(look_up("a.example"), "127.0.0.9")
    t.eq(sss.resolvers { "127.0.0.1:5353" }, { "127.0.0.1:5353" })
    t.eq(look_up("a.example"), "127.0.0.8")
    t.eq(sss.resolvers(), { "127.0.0.1:5353" })
    t.eq(sss.resolvers { sss.tocaddress("127.0.0.1:0") }, { "127.0.0.1:53" })
    t.eq(look_up("b.example"), "127.0.0.9")
    t.eq(sss.resolvers {}, { "127.0.0.1:53" })
    t.match(select(2, pcall(sss.resolvers, { "example.org" })), "name server expected")
    t.match(select(2, pcall(sss.resolvers, { 53 })), "name server expected")
    t.match(select(2, pcall(sss.resolvers, "127.0.0.1")), "table expected")
    for text, expected in pairs { ["127.0.0.1:5353"] = "127.0.0.8", ["127.0.0.77, [::1]:53 127.0.0.1:5353"] = "127.0.0.8",
        [""] = "127.0.0.9", ["no server"] = "SSS_RESOLVERS: 'no' is not the address of a name server" } do
        local output = run('print(pcall(function() return require "sss".resolve("c.example")[1].host end))',
            { before = ("SSS_RESOLVERS=%s exec"):format(t.child.quote(text)) })
        t.ok(output:find(expected, 1, true), output)
    end
end, { where = { "127.0.0.1:53", "127.0.0.1:5353" } })

-- Files -------------------------------------------------------------------------------------------

over("hosts and resolv.conf count as they are now", function(q)
    return dns.answer(q, dns.addresses(q, q.at:find("^127.0.0.1:") and "127.0.0.8" or "127.0.0.9"))
end, function()
    for i = 1, 5 do
        t.write_file(("127.0.0.%d changing.example\n"):format(i), "/etc/hosts")
        t.eq(look_up("changing.example"), "127.0.0." .. i)
    end
    t.write_file("", "/etc/hosts")
    t.eq(look_up("changing.example"), "127.0.0.8")
    t.write_file("nameserver 127.0.0.2\n", "/etc/resolv.conf")
    t.eq(look_up("changing.example"), "127.0.0.9")
    t.write_file("nameserver 127.0.0.1\nsearch example\n", "/etc/resolv.conf")
    t.eq(look_up("changing"), "127.0.0.8")
end, { where = { "127.0.0.1:53", "127.0.0.2:53" } })

over("a name in hosts is not asked for, nor localhost and what is below it", function(q)
    return dns.answer(q, dns.addresses(q, "127.0.0.66", "::66"))
end, function(server)
    t.eq(look_up("here.example"), "127.0.0.5")
    t.eq(look_up("HERE.Example."), "127.0.0.5")
    t.eq(look_up("here.example", { family = "inet6" }), "EAI_FAMILY")
    t.eq(look_up("both.example"), "127.0.0.6 ::5")
    t.eq(look_up("localhost"), "127.0.0.1 ::1")
    t.eq(look_up("a.B.LocalHost"), "127.0.0.1 ::1")
    t.eq(look_up("127.0.0.9"), "127.0.0.9")
    t.eq(server.questions, 0)
    t.eq(look_up("notlocalhost"), "127.0.0.66 ::66")
end, { hosts = "127.0.0.5 here.example\n::5 both.example\n127.0.0.6 Both.Example\n" })

over("three hundred domains to search", function(q)
    if q.name == "deep.d299.example" then return dns.answer(q, dns.addresses(q, "127.0.0.9")) end
    return dns.answer(q, {}, "NXDOMAIN")
end, function(server)
    t.eq(look_up("deep"), "127.0.0.9")
    t.eq(look_up("nowhere"), "EAI_NONAME")
    t.eq(server.asked["nowhere.d0.example"], 2)
    t.eq(server.asked["nowhere"], 2)
    t.eq(look_up("deep."), "EAI_NONAME")
end, { resolv = (function()
    local domains = {}
    for i = 0, 299 do domains[i + 1] = ("d%d.example"):format(i) end
    return "nameserver 127.0.0.1\nsearch " .. table.concat(domains, " ") .. "\n"
end)() })

-- Both families of a name come from one domain.
over("the domain that has an address is the last to be tried", function(q)
    local address = q.name == "x.one.example" and "127.0.0.9" or q.name == "x.two.example" and "::66"
    return address and dns.answer(q, dns.addresses(q, address)) or dns.answer(q, {}, "NXDOMAIN")
end, function()
    t.eq(look_up("x"), "127.0.0.9")
end, { resolv = "nameserver 127.0.0.1\nsearch one.example two.example\n" })

over("aliases are followed, and nothing else is believed", function(q)
    return dns.answer(q, q.type ~= "A" and {} or { dns.record("A", dns.ipv4("127.0.0.66"), "evil.example"),
        dns.record("CNAME", dns.encode("B.example"), "a.example"), dns.record("A", dns.ipv4("127.0.0.9"), "c.example"),
        dns.record("CNAME", dns.encode("C.example"), "b.example") })
end, function()
    t.eq(look_up("a.example"), "127.0.0.9")
end)

over("an answer of 64 KiB", function(q)
    local records = {}
    for i = 1, q.type == "A" and 4000 or 0 do
        records[i] = dns.record("A", "\127\1" .. dns.u16(i))
    end
    return dns.answer(q, q.by_stream and records or {}, nil, not q.by_stream)
end, function()
    local found = sss.resolve("large.example")
    t.eq(#found, 4000)
end)

-- Both when the files cannot be read, and when no socket is to be had.
over("without descriptors the error says so", function(q)
    return dns.answer(q, dns.addresses(q, "127.0.0.9"))
end, function()
    local output = run([[
        local sss = require "sss"
        local held = {}
        local function fill()
            while true do
                local ok, socket = pcall(sss.socket)
                if not ok then return end
                held[#held + 1] = socket
            end
        end
        local function look_up(name)
            local ok, err = pcall(sss.resolve, name)
            print(ok or err.code)
        end
        fill()
        look_up("a.example")
        for i = 1, 3 do table.remove(held):close() end
        look_up("a.example")
        fill()
        look_up("b.example")
        print(pcall(sss.resolve, "localhost"))
        for i = 1, 3 do table.remove(held):close() end
        look_up("b.example")]], { before = "ulimit -n 30; exec" })
    t.match(output, "^EMFILE\ntrue\nEMFILE\ntrue\ttable: %S+\ntrue")
end)

t.run()
