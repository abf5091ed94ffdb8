-- SPDX-License-Identifier: BSD-3-Clause
-- The local address of sss.connect(); several servers that begin at one unix path.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local bed = require "bed"

t.task("a literal of another family is no candidate", function()
    local refusing, address = link.refusing()
    local where = tostring(address)
    local err = t.raises("EAFNOSUPPORT", sss.connect, where, { localaddress = "[::1]:0" })
    t.eq(err.op, "connect")
    t.raises("EAFNOSUPPORT", sss.connect, "[::1]:" .. address.port, { localaddress = "127.0.0.1:0" })
    t.raises("EAFNOSUPPORT", sss.connect, "unix:@x", { localaddress = "127.0.0.1:0" })
    t.raises("EAFNOSUPPORT", sss.connect, where, { localaddress = "unix:@x" })
    t.raises("ECONNREFUSED", sss.connect, where, { localaddress = "127.0.0.1:0" })
    t.raises("ECONNREFUSED", sss.connect, where, { localaddress = "*:0" })
    refusing:close()
end)

t.task("of a name the addresses of that family count", function()
    local refusing, address = link.refusing()
    for _, from in ipairs { "127.0.0.1:0", "127.0.0.2:0" } do
        t.raises("ECONNREFUSED", sss.connect, "localhost:" .. address.port, { localaddress = from })
    end
    refusing:close()
    local server = sss.serve("127.0.0.1:0", function(c, from) c:send(from.host) end)
    local sock = sss.connect("localhost:" .. server:address().port, { localaddress = "127.0.0.2:0" })
    t.eq(sock:receive("a"), "127.0.0.2")
    sock:close()
    server:stop()
end)

t.task("a port is used once for each destination", function()
    local one, two = sss.listen("127.0.0.1:0"), sss.listen("127.0.0.1:0")
    local first = sss.connect(one:getsockname(), { localaddress = "127.0.0.1:0" })
    local from = { localaddress = first:getsockname() }
    t.ok(first:getsockname().port > 0)
    local spare = sss.socket():bind("127.0.0.1:0")
    from.localaddress = spare:getsockname()
    spare:close()
    local second = sss.connect(one:getsockname(), from)
    local third = sss.connect(two:getsockname(), from)
    t.eq(second:getsockname(), third:getsockname())
    t.raises("EADDRNOTAVAIL", sss.connect, one:getsockname(), from)
    link.close(first, second, third, one, two)
end)

t.test("of several servers that begin at one path exactly one gets it", function()
    for round = 1, 5 do
        local path = t.tempname()
        if round > 1 then sss.socket("unix"):bind("unix:" .. path):close() end -- a stale one is there
        local script = t.write_file([[
            local sss = require "sss"
            local ok, listener = pcall(sss.listen, "unix:" .. arg[1])
            if not ok then
                print(listener.code)
                os.exit(0)
            end
            print("got it")
            io.stdout:flush()
            local client
            repeat -- the others' looks whether it lives are clients, too
                client = listener:settimeout(60):accept()
            until client:receive("l") == "serve"
            client:send("served")
            client:close()]])
        local pipe = io.popen(("for i in 1 2 3 4 5 6; do %s %s %s & done; wait"):format(
            t.child.quote(t.child.program), script, path))
        local seen = {}
        for _ = 1, 6 do
            local line = pipe:read("*l")
            seen[line] = (seen[line] or 0) + 1
        end
        t.eq(seen, { ["got it"] = 1, EADDRINUSE = 5 })
        local sock = sss.connect("unix:" .. path)
        sock:send("serve\n")
        t.eq(sock:receive("a"), "served")
        sock:close()
        pipe:close()
    end
end)

t.test("the ports for each destination", function()
    local entered, reason = bed.enter()
    if not entered then t.skip(reason) end
    local file = io.open("/proc/sys/net/ipv4/ip_local_port_range", "w")
    if not file or not file:write("40000 40019\n") or not file:close() then t.skip("no such range") end
    for _, host in ipairs { "127.0.0.1", "[::1]" } do
        local held = {}
        for port = 7200, 7201 do
            held[#held + 1] = sss.listen(host .. ":" .. port)
            for _ = 1, 8 do
                held[#held + 1] = sss.connect(host .. ":" .. port, { localaddress = host .. ":0" })
            end
        end
        link.close(unpack(held))
    end
end)

t.run()
