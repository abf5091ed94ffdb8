-- SPDX-License-Identifier: BSD-3-Clause
-- Socket options: what is set is what is read; every option of the tables is accounted for.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local values = require "option_values"
local ffi = require "ffi"

ffi.cdef [[
int getsockopt(int, int, int, void *, unsigned *);
int setsockopt(int, int, int, const void *, unsigned);
]]

-- What says that this system does not have the option, and that this user may not use it.
local not_here = { ENOPROTOOPT = true, EOPNOTSUPP = true }
local not_allowed = { EPERM = true, EACCES = true }

-- Calls f(...); an error whose code is in CODES ends the test as one that cannot be done here.
local function unless(codes, f, ...)
    local ok, err = pcall(f, ...)
    if ok then return end
    if type(err) ~= "string" and codes[err.code] then t.skip(tostring(err)) end
    error(err, 0)
end

local function set_and_read(option)
    for _, value in ipairs(option.values) do
        local s = values.socket(option)
        unless(not_here, s.setsockopt, s, option.name, value)
        t.eq(s:getsockopt(option.name), value)
        local number = values.code(option.name)
        t.eq(s:getsockopt(number), value, "by number")
        s:setsockopt(number, value)
        t.eq(s:getsockopt(option.name), value, "set by number")
        s:close()
    end
end

-- What qemu-user sets but cannot read.
local set_only = { ["so.bindtodevice"] = true, ["tcp.fastopen_key"] = true, ["ip.recvttl"] = true }

-- What some versions of qemu-user lose: the bytes that setsockopt(2) is given, asked of the system
-- without any code of ours in between.
local second = ffi.string(ffi.new("long[2]", 1, 0), 2 * ffi.sizeof("long")) -- a struct timeval
local perhaps_lost = {
    ["so.rcvtimeo"] = { 1, 20, second },
    ["so.sndtimeo"] = { 1, 21, second },
    ["ip.multicast_if"] = { 0, 32, "\127\0\0\1" },
}

local function emulator_loses(level, number, bytes)
    local s = sss.socket("inet", "dgram")
    local back, size = ffi.new("char[16]"), ffi.new("unsigned[1]", #bytes)
    local kept = ffi.C.setsockopt(s.fd, level, number, bytes, #bytes) == 0
        and ffi.C.getsockopt(s.fd, level, number, back, size) == 0 and ffi.string(back, #bytes) == bytes
    s:close()
    return not kept
end

for _, option in ipairs(values.settable) do
    t.test("set and read: " .. option.name, function()
        if set_only[option.name] then t.not_emulated("it does not translate the reading of it") end
        local lost = t.emulated and perhaps_lost[option.name]
        if lost and emulator_loses(unpack(lost)) then t.not_emulated("it loses the value") end
        if option.ipv6 then link.need_ipv6() end
        unless(not_allowed, set_and_read, option)
    end)
end

t.test("every option of the tables is accounted for", function()
    local known = {}
    for _, option in ipairs(values.settable) do known[option.name] = true end
    for _, name in ipairs(values.others) do known[name] = true end
    for _, which in ipairs { "so", "tcp", "ip", "ipv6", "udp" } do
        for name in pairs(sss[which:upper()]) do
            t.ok(known[which .. "." .. name], "a test for " .. which .. "." .. name)
        end
    end
end)

t.test("read-only options can be read", function()
    local s = sss.socket()
    t.eq(s:getsockopt("type"), sss.SOCK.stream)
    t.eq(s:getsockopt("domain"), sss.AF.inet)
    t.eq(s:getsockopt("protocol"), 6)
    t.eq(s:getsockopt("error"), 0)
    t.eq(s:getsockopt("acceptconn"), false)
    t.eq(sss.listen("127.0.0.1:0"):getsockopt("acceptconn"), true)
    t.eq(type(s:getsockopt("tcp.info")), "string")
end)

t.test("read-only options cannot be set", function()
    local s = sss.socket()
    t.raises("ENOPROTOOPT", s.setsockopt, s, "type", 1)
    t.raises("ENOPROTOOPT", s.setsockopt, s, "acceptconn", true)
end)

t.test("the value 1 is the default", function()
    local s = sss.socket()
    s:setsockopt("keepalive")
    t.eq(s:getsockopt("keepalive"), true)
    s:setsockopt("keepalive", 0)
    t.eq(s:getsockopt("keepalive"), false)
    s:setsockopt(sss.SO.keepalive, 1)
    t.eq(s:getsockopt(sss.SO.keepalive), true)
end)

t.test("names in all their forms", function()
    local s = sss.socket()
    for _, name in ipairs { "reuseaddr", "REUSEADDR", "so.reuseaddr", sss.SO.reuseaddr } do
        s:setsockopt(name, true)
        t.eq(s:getsockopt(name), true)
        s:setsockopt(name, false)
        t.eq(s:getsockopt(name), false)
    end
    s:setsockopt("tcp.keepidle", 77)
    t.eq(s:getsockopt(sss.TCP.keepidle), 77)
end)

t.test("aliases", function()
    local s = sss.socket()
    t.eq(s:setopt("keepalive", true), s)
    t.eq(s:getopt("keepalive"), true)
    t.eq(s:reuseaddr():getopt("reuseaddr"), true)
    t.eq(s:reuseaddr(false):getopt("reuseaddr"), false)
    local u = sss.socket("inet", "dgram")
    t.eq(u:broadcast():getopt("broadcast"), true)
    t.eq(u:broadcast(false):getopt("broadcast"), false)
end)

t.test("linger in all its forms", function()
    local s = sss.socket()
    s:setsockopt("linger", 5)
    t.eq(s:getsockopt("linger"), { on = true, seconds = 5 })
    s:setsockopt("linger", false)
    t.eq(s:getsockopt("linger"), { on = false, seconds = 0 })
    s:setsockopt("linger", { on = true, seconds = 0 })
    t.eq(s:getsockopt("linger"), { on = true, seconds = 0 })
    s:setsockopt("linger", { on = true, seconds = 9 })
    s:setsockopt("linger", { on = false, seconds = 0 })
    t.eq(s:getsockopt("linger"), { on = false, seconds = 0 })
end)

t.test("an unknown field of linger is refused", function()
    local s = sss.socket()
    t.raises("bad argument #2 to 'setsockopt'.*secnds", s.setsockopt, s, "linger",
        { on = true, secnds = 1 })
    t.eq(s:getsockopt("linger").on, false)
end)

local mreqn = "it takes struct ip_mreqn for 16 bytes long, and does not pass on the interface"

t.test("membership on loopback", function()
    t.not_emulated(mreqn)
    local s = sss.socket("inet", "dgram")
    local group = { group = "239.1.2.3", interface = "lo" }
    s:setsockopt("ip.add_membership", group)
    t.raises("EADDRINUSE", s.setsockopt, s, "ip.add_membership", group)
    s:setsockopt("ip.drop_membership", group)
    t.raises("EADDRNOTAVAIL", s.setsockopt, s, "ip.drop_membership", group)
    s:setsockopt("ip.add_membership", { group = "239.1.2.4", interface = "127.0.0.1" })
end)

t.test("a multicast datagram over loopback", function()
    t.not_emulated(mreqn)
    local here = sss.socket("inet", "dgram")
    here:bind("*:0")
    here:setsockopt("ip.add_membership", { group = "239.1.2.5", interface = "lo" })
    local there = sss.socket("inet", "dgram")
    there:setsockopt("ip.multicast_if", "127.0.0.1")
    there:sendto("to the group", { host = "239.1.2.5", port = here:getsockname().port })
    here:settimeout(t.patience)
    t.eq(here:recv(), "to the group")
    link.close(here, there)
end)

t.test("membership over IPv6", function()
    link.need_ipv6()
    local s = sss.socket("inet6", "dgram")
    local group = { group = "ff02::1234", interface = "lo" }
    s:setsockopt("ipv6.join_group", group)
    s:setsockopt("ipv6.leave_group", group)
    t.raises("EADDRNOTAVAIL", s.setsockopt, s, "ipv6.leave_group", group)
end)

t.test("bad memberships", function()
    local s = sss.socket("inet", "dgram")
    for _, value in ipairs { true, 5, "239.1.2.3", {}, { group = 5 },
        { group = "239.1.2.3", interfce = "lo" } } do
        t.raises("bad argument #2 to 'setsockopt'", s.setsockopt, s, "ip.add_membership", value)
    end
    t.raises("ip%.add_membership", s.setsockopt, s, "ip.add_membership", { group = "not a group" })
    t.raises("ip%.add_membership", s.setsockopt, s, "ip.add_membership",
        { group = "239.1.2.3", interface = "nosuchif" })
end)

-- Of the wrong kind: the error names the option and what it takes.
local wrong = {
    { "reuseaddr", "a boolean", { "yes", {}, 1.5 } },
    { "keepalive", "a boolean", { "1", print } },
    { "rcvbuf", "bytes", { true, "big", {}, 0.5, -1, 2 ^ 40, 0 / 0 } },
    { "tcp.keepidle", "seconds", { true, "x", {}, 1.5, -1, 2 ^ 40 } },
    { "rcvtimeo", "seconds", { true, "x", {}, -1, 0 / 0, math.huge } },
    { "linger", "seconds", { true, "x", -1, 2 ^ 40, { on = true, seconds = "x" } } },
    { "bindtodevice", "a string", { true, 5, {} } },
    { "ip.ttl", "a whole number", { true, "x", {}, 1.5, 256, -1 } },
    { "ipv6.v6only", "a boolean", { "x", {} } },
}

for _, case in ipairs(wrong) do
    local name, takes, list = case[1], case[2], case[3]
    t.test("of the wrong kind: " .. name, function()
        local s = sss.socket(name:find("^ipv6") and "inet6" or "inet")
        local before = s:getsockopt(name)
        for _, value in ipairs(list) do
            local err = t.raises("", s.setsockopt, s, name, value)
            t.match(tostring(err), (name:gsub("%.", "%%.")), "the error for " .. tostring(value))
            if type(value) ~= "number" then t.match(tostring(err), takes) end
            t.eq(s:getsockopt(name), before, "the option after " .. tostring(value))
        end
    end)
end

t.test("unknown options are refused", function()
    local s = sss.socket()
    for _, name in ipairs { "reuseadr", "", "tcp.", ".nodelay", "tcp.nodely", "foo.nodelay", -1,
        2 ^ 60, 1.5, true, {} } do
        t.raises("bad argument #1 to 'setsockopt'", s.setsockopt, s, name, 1)
        t.raises("bad argument #1 to 'getsockopt'", s.getsockopt, s, name)
    end
    t.raises("bad argument #1 to 'setsockopt'", s.setsockopt, s)
end)

t.test("an option of another kind of socket is the system's error", function()
    local s = sss.socket("unix")
    local err = t.raises("^setsockopt", s.setsockopt, s, "tcp.nodelay", true)
    t.match(err.code, "^E")
    t.match(tostring(err), "tcp%.nodelay")
    t.raises("^getsockopt", s.getsockopt, s, "tcp.nodelay")
end)

t.run()
