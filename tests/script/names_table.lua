-- SPDX-License-Identifier: BSD-3-Clause
-- A table of faults of name servers, each by family and by place, beside what glibc's getaddrinfo(3)
-- finds there.

-- Two servers, of which the first or the second has a fault in one family or in both, by name:
-- <fault>.<4, 6 or b>.<1, 2 or b>.example. The others know 127.0.0.9 and ::1. glibc is asked by
-- getent(1) in the same namespace; where it says something else, `differences` has the reason.

local bed = require "bed"
local entered, reason = bed.enter()

local sss = require "sss"
local dns = require "name_server"
local t = require "harness"

local faults = {
    error = function(q) return dns.answer(q, {}, "SERVFAIL") end,
    refused = function(q) return dns.answer(q, {}, "REFUSED") end,
    silence = function() return nil end,
    truncation = function(q) if not q.by_stream then return dns.answer(q, {}, nil, true) end end,
    cut = function(q)
        return dns.answer(q, q.by_stream and dns.addresses(q, "127.0.0.9", "::1") or {}, nil, not q.by_stream)
    end,
    ["wrong-id"] = function(q)
        local packet = dns.answer(q, dns.addresses(q, "127.0.0.66", "::66"))
        return dns.u16((packet:byte(1) * 256 + packet:byte(2) + 1) % 65536) .. packet:sub(3)
    end,
}
local families, places = { "4", "6", "b" }, { "1", "2", "b" }

local function says(q)
    local fault, family, place = q.name:match("^(.-)%.(.)%.(.)%.example$")
    local mine = q.at == "127.0.0.2:53" and "1" or "2"
    local hit = fault and (family == "b" or (family == "4") == (q.type == "A"))
            and (place == "b" or place == mine)
    if hit then return faults[fault](q) end
    return dns.answer(q, fault and dns.addresses(q, "127.0.0.9", "::1") or {}, fault and "NOERROR" or "NXDOMAIN")
end

-- What has to come: the families that some server gives rightly.
local function expected(fault, family, place)
    local lost = place == "b" and fault ~= "cut"
    local found = {}
    if not (lost and family ~= "4") then found[#found + 1] = "::1" end
    if not (lost and family ~= "6") then found[#found + 1] = "127.0.0.9" end
    if #found > 0 then return table.concat(found, " ") end
    return fault == "refused" and "EAI_FAIL" or "EAI_AGAIN"
end

local function ours(name)
    local ok, found = pcall(sss.resolve, name)
    if not ok then return found.code end
    local hosts = {}
    for i, address in ipairs(found) do hosts[i] = address.host end
    return table.concat(hosts, " ")
end

-- getent's lines: an address, the type, a name; each address once. glibc waits for a stream without end.
local function glibc(name)
    local running = t.child.command("exec timeout 12 getent ahosts " .. name)
    sss.wait(running.pipe, "r")
    local hosts, seen = {}, {}
    for host in running:rest():gmatch("([%x.:]+)%s+STREAM") do
        if not seen[host] then hosts[#hosts + 1] = host end
        seen[host] = true
    end
    return #hosts > 0 and table.concat(hosts, " ") or "nothing"
end

-- Where glibc says something else than we do, and why that is not wanted.
local function difference(fault, family, place, found, theirs)
    if theirs == "nothing" and not found:find("^EAI") then
        return "one family's failure is the whole look-up's there"
    elseif theirs ~= "nothing" and (found:find(theirs, 1, true)) then
        return "one family's failure hides the other server's answer there"
    end
    return nil, ("%s.%s.%s: we say %s, glibc %s"):format(fault, family, place, found, theirs)
end

local function compare(fault, family, place, count)
    local name = ("%s.%s.%s.example"):format(fault, family, place)
    local found, theirs = ours(name), glibc(name)
    t.eq(found, expected(fault, family, place), name)
    if theirs == found or (theirs == "nothing" and found:find("^EAI")) then
        count.same = count.same + 1
        return
    end
    local why = t.ok(difference(fault, family, place, found, theirs))
    print(("note %s: %s, glibc: %s (%s)"):format(name, found, theirs, why))
    count.different = count.different + 1
end

t.test("faults by family and place, beside glibc", function()
    if not entered then t.skip(reason) end
    if not t.has("getent") then t.skip("there is no getent(1)") end
    dns.show(t, "/etc/resolv.conf", "nameserver 127.0.0.2\nnameserver 127.0.0.3\noptions timeout:3 attempts:1\n")
    dns.show(t, "/etc/hosts", "127.0.0.1 localhost\n")
    dns.show(t, "/etc/nsswitch.conf", "hosts: files dns\n")
    local servers = { dns.start("127.0.0.2:53", says), dns.start("127.0.0.3:53", says) }
    local tasks, count = {}, { same = 0, different = 0 }
    for fault in pairs(faults) do
        for _, family in ipairs(families) do
            for _, place in ipairs(places) do
                table.insert(tasks, sss.spawn(compare, fault, family, place, count))
            end
        end
    end
    local ok, err = true, nil
    for _, task in ipairs(tasks) do
        local joined, problem = pcall(task.join, task)
        if not joined then ok, err = false, problem end
    end
    for _, server in ipairs(servers) do server.stop() end
    if not ok then error(err, 0) end
    t.eq(count.same + count.different, 54)
end)

t.run()
