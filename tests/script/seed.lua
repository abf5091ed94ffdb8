-- SPDX-License-Identifier: BSD-3-Clause
-- The steps of the original README, with its names only.

local t = require "harness"

t.test("the module, its tables and functions are there", function()
    local sss = assert(require "sss")
    for _, name in ipairs { "socket", "tocaddress", "toladdress" } do
        t.eq(type(sss[name]), "function", name)
    end
    for _, name in ipairs { "AF", "SOCK", "SO" } do
        t.eq(type(sss[name]), "table", name)
        for key, value in pairs(sss[name]) do
            t.match(key, "^[%l%d_]+$")
            t.eq(type(value), "number", key)
        end
    end
    local seen = {}
    table.foreach(sss.SO, function(key) seen[#seen + 1] = key end)
    t.ok(#seen > 20, "options")
end)

t.task("an echo server, step by step", function()
    local sss = require "sss"
    local server = sss.socket(sss.AF.inet, sss.SOCK.stream, 0)
    server:setsockopt(sss.SO.reuseaddr)
    server:bind { host = "*", port = 0 }
    server:listen(5)
    local port = sss.toladdress(server:getsockname()).port

    local guest = sss.socket()
    guest:connect { host = "127.0.0.1", port = port }
    local client, address = server:accept()
    t.eq(sss.toladdress(address).host, "127.0.0.1")
    guest:send("hello\n")
    client:send(client:receive())
    t.eq(guest:receive(), "hello\n")
    guest:close()
    client:close()
    server:close()
end)

t.task("bind and connect by address objects", function()
    local sss = require "sss"
    local server = sss.socket()
    server:bind(sss.tocaddress { host = "loopback", port = 0 })
    server:listen()
    local guest = sss.socket()
    guest:connect(server:getsockname())
    local client = server:accept()
    guest:send("some bytes")
    t.eq(client:recv(4), "some")
    t.eq(client:recv(), " bytes")
    guest:close()
    client:close()
    server:close()
end)

t.task("a datagram by sendto", function()
    local sss = require "sss"
    local here = sss.socket(sss.AF.inet, sss.SOCK.dgram)
    here:bind { host = "loopback", port = 0 }
    local there = sss.socket(sss.AF.inet, sss.SOCK.dgram, "udp")
    t.eq(there:sendto("hello", sss.toladdress(here:getsockname())), 5)
    t.eq(here:recv(), "hello")
    here:close()
    there:close()
end)

t.test("options and timeouts", function()
    local sss = require "sss"
    local socket = sss.socket()
    socket:setsockopt(sss.SO.keepalive, 1)
    t.ok(socket:getsockopt(sss.SO.keepalive), "keepalive")
    socket:setsockopt(sss.SO.keepalive, 0)
    t.ok(not socket:getsockopt(sss.SO.keepalive), "no keepalive")
    socket:settimeout(1)
    socket:settimeout { send = 1, receive = 2 }
    socket:settimeout(nil)
    socket:close()
end)

t.run()
