-- SPDX-License-Identifier: BSD-3-Clause
-- Addresses: text, tables, objects, words, and what is none.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local function ca(value)
    return sss.tocaddress(value)
end

t.test("a table gives an object with host, port and family", function()
    local a = ca { host = "127.0.0.1", port = 8080 }
    t.eq(a.host, "127.0.0.1")
    t.eq(a.port, 8080)
    t.eq(a.family, sss.AF.inet)
    t.eq(a.path, nil)
end)

t.test("an IPv6 host", function()
    local a = ca { host = "::1", port = 443 }
    t.eq(a.host, "::1")
    t.eq(a.port, 443)
    t.eq(a.family, sss.AF.inet6)
end)

t.test("an IPv6 host with a scope", function()
    local a = ca("[fe80::1%lo]:80")
    t.eq(a.host, "fe80::1%lo")
    t.ok(a.scope, "scope")
    t.eq(tostring(a), "[fe80::1%lo]:80")
end)

t.test("a scope by number in a table", function()
    local a = ca { host = "fe80::1", port = 80, scope = 1 }
    t.eq(a.scope, 1)
    t.eq(a, ca "[fe80::1%lo]:80")
    t.eq(ca { host = "fe80::1%1", port = 80, scope = 1 }, a)
    t.eq(tostring(ca { host = "fe80::1", port = 80, scope = 2 ^ 32 - 1 }), "[fe80::1%4294967295]:80")
    t.eq(tostring(ca { host = "::1", port = 80, scope = 0 }), "[::1]:80")
    t.eq(tostring(ca { host = "127.0.0.1", port = 80, scope = 0 }), "127.0.0.1:80")
    for _, scope in ipairs { -1, 0.5, 2 ^ 32, 0 / 0, math.huge, "1", "lo", true, {} } do
        t.raises("bad argument #1 to 'tocaddress' %(only a numeric IPv6 address has a scope", ca,
            { host = "fe80::1", port = 80, scope = scope })
    end
    t.raises("bad argument #1 to 'tocaddress' %(only a numeric IPv6", ca,
        { host = "127.0.0.1", port = 80, scope = 1 })
    for _, scope in ipairs { 0, 2 } do
        t.raises("bad argument #1 to 'tocaddress' %(the host of the address says another scope%)", ca,
            { host = "fe80::1%1", port = 80, scope = scope })
    end
end)

t.test("a unix path", function()
    local a = ca { path = "/run/x.sock" }
    t.eq(a.path, "/run/x.sock")
    t.eq(a.family, sss.AF.unix)
    t.eq(tostring(a), "unix:/run/x.sock")
end)

t.test("an abstract name", function()
    local a = ca { path = "\0name" }
    t.eq(a.path, "\0name")
    t.eq(tostring(a), "unix:@name")
    t.eq(ca("unix:@name"), a)
end)

local texts = {
    "127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[::]:0", "[2001:db8::7]:443",
    "[::ffff:1.2.3.4]:5", "[fe80::1%lo]:80", "unix:/run/x.sock", "unix:relative", "unix:@name",
}

for _, text in ipairs(texts) do
    t.test("text and back: " .. text, function()
        local a = ca(text)
        t.eq(tostring(a), text)
        t.ok(ca(tostring(a)) == a, "parsed back ==")
    end)
end

t.test("a path of the greatest length", function()
    local path = "/" .. ("x"):rep(106)
    t.eq(ca({ path = path }).path, path)
end)

t.test("a path that begins with @ is no abstract name, and parses back", function()
    for _, path in ipairs { "@", "@x", "./@x", "././@x", "@" .. ("x"):rep(106),
        "./@" .. ("x"):rep(104) } do
        local a = ca { path = path }
        t.eq(a.path, path)
        t.eq(ca(tostring(a)), a)
    end
    t.eq(ca("unix:./@x").path, "@x")
end)

local tables = {
    { host = "127.0.0.1", port = 80 }, { host = "10.1.2.3", port = 0 },
    { host = "1.2.3.4", port = 65535 }, { host = "::1", port = 80 },
    { host = "fe80::1%lo", port = 1 }, { path = "/run/x.sock" }, { path = "\0name" },

}

t.test("toladdress(tocaddress(t)) equals t", function()
    for _, address in ipairs(tables) do t.eq(sss.toladdress(ca(address)), address) end
end)

t.test("an address object is taken where an address is", function()
    local a = ca { host = "127.0.0.1", port = 80 }
    t.ok(ca(a) == a, "tocaddress of an object ==")
    t.eq(sss.toladdress(a), { host = "127.0.0.1", port = 80 })
end)

t.test("== compares values", function()
    t.ok(ca("127.0.0.1:80") == ca { host = "127.0.0.1", port = 80 }, "the same")
    t.ok(ca("[::1]:80") == ca("[0:0:0:0:0:0:0:1]:80"), "two forms of ::1")
    t.ok(ca("127.0.0.1:80") ~= ca("127.0.0.1:81"), "other port")
    t.ok(ca("127.0.0.1:80") ~= ca("127.0.0.2:80"), "other host")
    t.ok(ca("127.0.0.1:80") ~= ca("[::1]:80"), "other family")
    t.ok(ca("unix:/a") ~= ca("unix:@/a"), "path and abstract name")
end)

t.test("the words for hosts", function()
    t.eq(tostring(ca("*:80")), "0.0.0.0:80")
    t.eq(tostring(ca(":80")), "0.0.0.0:80")
    t.eq(tostring(ca { host = "*", port = 80 }), "0.0.0.0:80")
    t.eq(tostring(ca { host = "loopback", port = 80 }), "127.0.0.1:80")
    t.eq(tostring(ca { host = "broadcast", port = 80 }), "255.255.255.255:80")
end)

t.test("a word means the family of the socket that binds it", function()
    link.need_ipv6()
    local s = sss.socket("inet6")
    t.eq(s:bind("loopback:0"):getsockname().host, "::1")
    local any = sss.socket("inet6")
    t.eq(any:bind("*:0"):getsockname().host, "::")
end)

t.test("a service name is a port", function()
    t.eq(ca("127.0.0.1:http").port, 80)
    t.eq(ca({ host = "127.0.0.1", port = "https" }).port, 443)
    t.eq(ca({ host = "127.0.0.1", port = "8080" }).port, 8080)
end)

local bad = {
    ["an empty text"] = "",
    ["no port"] = "127.0.0.1",
    ["an empty port"] = "127.0.0.1:",
    ["IPv6 without brackets"] = "::1:80",
    ["IPv6 without brackets and port"] = "::1",
    ["an open bracket"] = "[::1:80",
    ["brackets without port"] = "[::1]",
    ["port 70000"] = "127.0.0.1:70000",
    ["port 65536"] = "127.0.0.1:65536",
    ["port -1"] = "127.0.0.1:-1",
    ["port 1.5"] = "127.0.0.1:1.5",
    ["port 0x50"] = "127.0.0.1:0x50",
    ["a huge port"] = "127.0.0.1:99999999999999999999",
    ["port with a space"] = "127.0.0.1: 80",
    ["three numbers"] = "1.2.3:80",
    ["a number over 255"] = "1.2.3.256:80",
    ["five numbers"] = "1.2.3.4.5:80",
    ["an IPv6 number of nine parts"] = "[1:2:3:4:5:6:7:8:9]:80",
    ["an empty path"] = "unix:",
    ["a path longer than sun_path"] = "unix:/" .. ("x"):rep(120),
    ["a NUL in a path"] = "unix:/a\0b",
    ["a NUL in a host"] = "127.0.0.1\0.com:80",
    ["no such service"] = "127.0.0.1:no-such-service",
    ["a scope that is no interface"] = "[fe80::1%nosuchif]:80",
    ["a table: port 70000"] = { host = "127.0.0.1", port = 70000 },
    ["a table: port -1"] = { host = "127.0.0.1", port = -1 },
    ["a table: port 80.5"] = { host = "127.0.0.1", port = 80.5 },
    ["a table: port nan"] = { host = "127.0.0.1", port = 0 / 0 },
    ["a table: port infinite"] = { host = "127.0.0.1", port = math.huge },
    ["a table: port true"] = { host = "127.0.0.1", port = true },
    ["a table: host 1.2.3"] = { host = "1.2.3", port = 80 },
    ["a table: host true"] = { host = true, port = 80 },
    ["a table: host a table"] = { host = {}, port = 80 },
    ["a table: path and host"] = { path = "/x", host = "127.0.0.1", port = 1 },
    ["a table: empty path"] = { path = "" },
    ["a table: long path"] = { path = "/" .. ("x"):rep(120) },
    ["a table: path with a NUL"] = { path = "/a\0b" },
    ["a table: path a number"] = { path = {} },
    ["a table: nothing"] = {},
    ["a table: an unknown key"] = { host = "127.0.0.1", port = 80, prot = "tcp" },
}

for name, value in pairs(bad) do
    t.test("refused: " .. name, function()
        t.raises("bad argument #1 to 'tocaddress'", sss.tocaddress, value)
        local s = sss.socket()
        t.raises("bad argument #1 to 'bind'", s.bind, s, value)
        t.ok(s.sid > 0, "the socket is still open")
        s:close()
    end)
end

t.task("resolve of a number", function()
    local list = sss.resolve("127.0.0.1", 80)
    t.eq(#list, 1)
    t.ok(list[1] == ca("127.0.0.1:80"), "the address")
end)

t.task("resolve of localhost", function()
    local list = sss.resolve("localhost", "http")
    t.ok(#list >= 1, "at least one")
    for _, a in ipairs(list) do
        t.eq(a.port, 80)
        t.ok(a.host == "127.0.0.1" or a.host == "::1", a.host)
    end
end)

t.task("resolve of one family", function()
    local list = sss.resolve("localhost", nil, { family = "inet" })
    for _, a in ipairs(list) do t.eq(a.family, sss.AF.inet) end
    t.eq(tostring(list[1]), "127.0.0.1:0")
    t.eq(tostring(sss.resolve("localhost", 7, { family = sss.AF.inet, type = "dgram" })[1]),
        "127.0.0.1:7")
end)

t.task("resolve that fails gives an error object", function()
    local err = t.raises("resolve", sss.resolve, "::1", 80, { family = "inet" })
    t.eq(err.op, "resolve")
    t.match(err.code, "^E")
    t.match(tostring(err), "::1")
end)

t.task("many look-ups at once", function()
    local tasks = {}
    for i = 1, 100 do tasks[i] = sss.spawn(sss.resolve, "localhost", i, { family = "inet" }) end
    for i = 1, 100 do t.eq(tostring(tasks[i]:join()[1]), "127.0.0.1:" .. i) end
end)

t.task("look-ups that are given up", function()
    for _ = 1, 30 do
        sss.timeout(0.0001, sss.resolve, "localhost")
    end
    t.eq(tostring(sss.resolve("localhost", 1, { family = "inet" })[1]), "127.0.0.1:1")
end)

t.task("resolve refuses bad arguments", function()
    t.raises("bad argument #1 to 'resolve'", sss.resolve, {})
    t.raises("bad argument #2 to 'resolve'", sss.resolve, "127.0.0.1", 70000)
    t.raises("bad argument #3 to 'resolve'", sss.resolve, "127.0.0.1", 80, { famly = "inet" })
    t.raises("bad argument #3 to 'resolve'", sss.resolve, "127.0.0.1", 80, { family = "inet7" })
end)

t.run()
