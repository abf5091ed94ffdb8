-- SPDX-License-Identifier: BSD-3-Clause
-- sss.lookup of every type of records, and the names of an address.

local bed = require "bed"
local entered, reason = bed.enter()

local sss = require "sss"
local dns = require "name_server"
local t = require "harness"

local u16, u32, encode, record = dns.u16, dns.u32, dns.encode, dns.record

local function text(s) return string.char(#s) .. s end
local function param(key, value) return u16(key) .. u16(#value) .. value end

local https = u16(1) .. encode("svc.example") .. param(0, u16(1)) .. param(1, text "h2" .. text "h3") .. param(2, "")
        .. param(3, u16(8443)) .. param(4, "\192\0\2\1\192\0\2\2") .. param(5, "\1\2\3")
        .. param(6, "\32\1\13\184" .. ("\0"):rep(11) .. "\1") .. param(65000, "own")

-- Type -> what the server says, and what the script gets besides name, type and ttl.
local types = {
    A = { "\192\0\2\1", { address = "192.0.2.1" } },
    AAAA = { "\32\1\13\184" .. ("\0"):rep(11) .. "\1", { address = "2001:db8::1" } },
    CNAME = { encode("real.example"), { cname = "real.example" } },
    NS = { encode("ns.example"), { nsdname = "ns.example" } },
    PTR = { encode("host.example"), { ptrdname = "host.example" } },
    MX = { u16(10) .. encode("mail.example"), { preference = 10, exchange = "mail.example" } },
    TXT = { text "v=one" .. text "" .. text "a\0b", { strings = { "v=one", "", "a\0b" }, text = "v=onea\0b" } },
    SOA = { encode("ns.example") .. encode("admin.example") .. u32(2 ^ 32 - 1) .. u32(2) .. u32(3) .. u32(4) .. u32(5),
        { mname = "ns.example", rname = "admin.example", serial = 2 ^ 32 - 1, refresh = 2, retry = 3, expire = 4,
            minimum = 5 } },
    SRV = { u16(1) .. u16(2) .. u16(5060) .. encode("sip.example"),
        { priority = 1, weight = 2, port = 5060, target = "sip.example" } },
    NAPTR = { u16(100) .. u16(50) .. text "s" .. text "SIP+D2U" .. text "" .. encode("_sip.example"),
        { order = 100, preference = 50, flags = "s", services = "SIP+D2U", regexp = "", replacement = "_sip.example" } },
    CAA = { "\128" .. text "issue" .. "ca.example; x=1", { flags = 128, tag = "issue", value = "ca.example; x=1" } },
    HTTPS = { https, { priority = 1, target = "svc.example", params = { mandatory = { "alpn" }, alpn = { "h2", "h3" },
        ["no-default-alpn"] = true, port = 8443, ipv4hint = { "192.0.2.1", "192.0.2.2" }, ech = "\1\2\3",
        ipv6hint = { "2001:db8::1" }, key65000 = "own" } } },
}

local function says(q)
    if q.name == "nowhere" or q.name == "2.2.0.192.in-addr.arpa" then return dns.answer(q, {}, "NXDOMAIN") end
    if q.name == "nowhere.example" then return dns.answer(q, {}, "NXDOMAIN") end
    if q.name == "failing.example" then return dns.answer(q, {}, "SERVFAIL") end
    if q.name == "refused.example" then return dns.answer(q, {}, "REFUSED") end
    if q.name == "silent.example" then return nil end
    if q.name == "cut.example" and not q.by_stream then return dns.answer(q, {}, nil, true) end
    local content = types[q.type] and types[q.type][1]
    if q.name == "1.2.0.192.in-addr.arpa" then
        return dns.answer(q, { record("PTR", encode("one.example")), record("PTR", encode("two.example")) })
    elseif q.name == ("1." .. ("0."):rep(23) .. "8.b.d.0.1.0.0.2.ip6.arpa") then
        return dns.answer(q, { record("PTR", encode("six.example")) })
    elseif q.name == "3.2.0.192.in-addr.arpa" then -- not the names of hosts
        return dns.answer(q, { record("PTR", text "rm -rf" .. "\0"), record("PTR", text "a\nb" .. "\0"),
            record("PTR", text "<x>" .. "\0"), record("PTR", text "-x" .. "\0"), record("PTR", "\0") })
    elseif q.name == "lying.example" then -- cut short, and the record of another name
        return dns.answer(q, { record(q.type, content, "other.example", 1), record(q.type, content, nil, 7) })
    elseif q.name == "short.example" then
        return dns.answer(q, { record(q.type, content:sub(1, 1)) })
    elseif q.name == "alias.example" and q.type ~= "CNAME" then
        return dns.answer(q, { record("CNAME", encode("any.example")), record(q.type, content, "any.example") })
    elseif q.name == "empty.example" or not content then
        return dns.answer(q, {})
    end
    return dns.answer(q, { record(q.type, content, nil, 77) })
end

local function over(name, f)
    t.test(name, function()
        if not entered then t.skip(reason) end
        dns.show(t, "/etc/resolv.conf", "nameserver 127.0.0.1\nsearch example\noptions timeout:1 attempts:1\n")
        dns.show(t, "/etc/hosts", "192.0.2.9 nine.example alias\n192.0.2.9 again\n")
        local server = dns.start("127.0.0.1:53", says)
        local ok, err = pcall(f, server)
        server.stop()
        if not ok then error(err, 0) end
    end)
end

local function expected(kind, name, ttl)
    local wanted = { name = name, type = kind, ttl = ttl }
    for key, value in pairs(types[kind][2]) do wanted[key] = value end
    return wanted
end

over("every type has the parts that its RFC names", function()
    for kind in pairs(types) do
        t.eq(sss.lookup("any.example", kind), { expected(kind, "any.example", 77) }, kind)
        t.eq(sss.lookup("Any.Example.", kind:lower())[1].type, kind, kind)
    end
end)

over("aliases are followed; records of other names are left out", function()
    for kind in pairs(types) do
        if kind ~= "CNAME" then
            t.eq(sss.lookup("alias.example", kind)[1].name, "any.example", kind)
        end
        t.eq(sss.lookup("lying.example", kind), { expected(kind, "lying.example", 7) }, kind)
        t.eq(#sss.lookup("cut.example", kind), 1, kind)
    end
end)

over("no record is an empty array, no name an error", function()
    t.eq(sss.lookup("empty.example", "MX"), {})
    t.eq(sss.lookup("any.example", "TLSA"), {})
    local err = t.raises("EAI_NONAME", sss.lookup, "nowhere.example", "MX")
    t.eq(tostring(err), "lookup nowhere.example: Name or service not known")
    t.raises("EAI_AGAIN", sss.lookup, "failing.example", "MX")
    t.raises("EAI_FAIL", sss.lookup, "refused.example", "TXT")
    t.raises("EAI_AGAIN", sss.lookup, "silent.example", "A")
    t.raises("EAI_NONAME", sss.lookup, "nowhere", "A") -- no search list
    t.eq(t.pack(sss.timeout(0.1, sss.lookup, "silent.example", "SRV"))[2], "timeout")
end)

over("what cannot be read is an error", function()
    for kind in pairs(types) do
        local ok, found = pcall(sss.lookup, "short.example", kind)
        t.ok(ok or found.code == "EAI_AGAIN", kind .. ": " .. tostring(found))
    end
end)

t.test("lookup takes a name and a type", function()
    t.raises("no such type of records: 'X'", sss.lookup, "a.example", "X")
    t.raises("bad argument #2 to 'lookup'", sss.lookup, "a.example")
    t.raises("not a host name", sss.lookup, "", "MX")
    t.raises("not a host name", sss.lookup, "a\0b", "MX")
    t.raises("no such argument", sss.lookup, "a", "MX", 1)
end)

over("an address has names: those of hosts, then those of the servers", function(server)
    local function names(address) return table.concat(sss.resolve(sss.tocaddress(address)), " ") end
    t.eq(names("192.0.2.9:80"), "nine.example alias again")
    t.eq(names("127.0.0.1:80"), "localhost")
    t.eq(names("[::1]:0"), "localhost")
    t.eq(server.questions, 0)
    t.eq(names("192.0.2.1:80"), "one.example two.example")
    t.eq(names("[2001:db8::1]:80"), "six.example")
    t.raises("EAI_NONAME", sss.resolve, sss.tocaddress("192.0.2.2:80"))
    local err = t.raises("EAI_NONAME", sss.resolve, sss.tocaddress("192.0.2.3:80"))
    t.eq(tostring(err), "resolve 192.0.2.3: Name or service not known")
    t.raises("IPv4 or IPv6 expected", sss.resolve, sss.tocaddress("unix:/x"))
    t.eq(sss.lookup("192.0.2.1", "PTR")[2].ptrdname, "two.example")
    t.eq(sss.lookup("2001:db8::1", "PTR")[1].ptrdname, "six.example")
end)

t.run()
