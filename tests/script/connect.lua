-- SPDX-License-Identifier: BSD-3-Clause
-- Connecting: errors, names, racing, options.

local sss = require "sss"
local t = require "harness"
local link = require "link"

t.task("refused: the error object", function()
    local holder, address = link.refusing()
    local err = t.raises("ECONNREFUSED", sss.connect, address)
    t.eq(err.op, "connect")
    t.eq(err.code, "ECONNREFUSED")
    t.eq(err.errno, 111)
    t.eq(tostring(err.address), tostring(address))
    t.eq(err.message, "Connection refused")
    t.eq(tostring(err), "connect " .. tostring(address) .. ": Connection refused")
    holder:close()
end)

t.task("refused, by the methods", function()
    local holder, address = link.refusing()
    local s = sss.socket()
    local err = t.raises("ECONNREFUSED", s.connect, s, address)
    t.eq(tostring(err), "connect " .. tostring(address) .. ": Connection refused")
    link.close(s, holder)
end)

t.task("an uncaught error prints its text and a traceback", function()
    local holder, address = link.refusing()
    local output, status = t.child.run(([[
        local sss = require "sss"
        local function here() sss.connect(%q) end
        here()]]):format(tostring(address)))
    t.eq(status, 1)
    t.match(output, "connect 127%.0%.0%.1:%d+: Connection refused")
    t.match(output, "stack traceback")
    t.match(output, "here")
    holder:close()
end)

t.task("all forms of an address", function()
    local listener, address = link.listen()
    local forms = { address, tostring(address), sss.toladdress(address),
        { host = "loopback", port = address.port }, "localhost:" .. address.port,
        { host = "localhost", port = tostring(address.port) }, ":" .. address.port }
    for _, form in ipairs(forms) do
        local client = sss.connect(form)
        t.ok(client:getpeername() == address, tostring(form))
        link.close(client, (listener:accept()))
        local by_method = sss.socket()
        by_method:connect(form)
        link.close(by_method, (listener:accept()))
    end
    listener:close()
end)

t.task("localhost, where only IPv4 listens", function()
    local listener, address = link.listen()
    local client = sss.connect { host = "localhost", port = address.port }
    t.eq(client:getpeername().host, "127.0.0.1")
    link.close(client, listener)
end)

t.task("localhost, where only IPv6 listens", function()
    link.need_ipv6()
    local has_name = false
    for _, a in ipairs(sss.resolve("localhost")) do has_name = has_name or a.host == "::1" end
    if not has_name then t.skip("localhost has no IPv6 address here") end
    local listener, address = link.listen("[::1]")
    local client = sss.connect { host = "localhost", port = address.port }
    t.eq(client:getpeername().host, "::1")
    link.close(client, listener)
end)

t.task("a name of which all addresses refuse", function()
    local holder, address = link.refusing()
    local err = t.raises("ECONNREFUSED", sss.connect, "localhost:" .. address.port)
    t.eq(err.op, "connect")
    holder:close()
end)

t.task("a name that cannot be one", function()
    local err = t.raises("", sss.connect, "no..such..name:80")
    t.ok(type(err) == "string" and err:find("bad argument") or err.code:find("^E"), tostring(err))
end)

t.task("a service by name", function()
    t.raises("bad argument #1 to 'connect'", sss.connect, "127.0.0.1:no-such-service")
end)

t.task("localaddress", function()
    local listener, address = link.listen()
    local client = sss.connect(address, { localaddress = "127.0.0.2:0" })
    t.eq(client:getsockname().host, "127.0.0.2")
    local server, from = listener:accept()
    t.eq(from.host, "127.0.0.2")
    link.close(client, server, listener)
end)

t.task("localaddress that cannot be had", function()
    local listener, address = link.listen()
    local err = t.raises("EADDRNOTAVAIL", sss.connect, address, { localaddress = "192.0.2.1:0" })
    t.match(tostring(err), "192%.0%.2%.1")
    listener:close()
end)

t.task("connecting twice", function()
    local client, server = link.tcp()
    t.raises("EISCONN", client.connect, client, server:getsockname())
    client:send("still there\n")
    t.eq(server:receive(), "still there\n")
    link.close(client, server)
end)

t.task("a socket that was refused can be closed and dropped", function()
    local holder, address = link.refusing()
    for _ = 1, 50 do
        local s = sss.socket()
        t.raises("ECONNREFUSED", s.connect, s, address)
    end
    holder:close()
end)

t.task("IPv6", function()
    link.need_ipv6()
    local client, server = link.tcp6()
    t.eq(client.domain, sss.AF.inet6)
    t.eq(client:getpeername().host, "::1")
    client:send("hello\n")
    t.eq(server:receive(), "hello\n")
    link.close(client, server)
end)

t.task("IPv6 refused", function()
    link.need_ipv6()
    local holder, address = link.refusing("[::1]")
    local err = t.raises("ECONNREFUSED", sss.connect, address)
    t.eq(tostring(err), "connect [::1]:" .. address.port .. ": Connection refused")
    holder:close()
end)

t.task("another task goes on while one connects", function()
    local listener, address, fillers = link.deaf()
    local connecting = sss.spawn(sss.connect, address)
    for _ = 1, 5 do sss.sleep(0.005) end
    t.eq(connecting.status, "waiting")
    connecting:cancel()
    t.raises("cancelled", connecting.join, connecting)
    link.close(listener, unpack(fillers))
end)

t.task("close ends a connect under way", function()
    local listener, address, fillers = link.deaf()
    local s = sss.socket()
    local connecting = sss.spawn(function() return s:connect(address) end)
    sss.yield()
    s:close()
    t.eq(t.pack(connecting:join()), { n = 2, nil, "closed" })
    link.close(listener, unpack(fillers))
end)

t.task("options are checked", function()
    for _, options in ipairs { { timout = 1 }, { timeout = "x" }, { timeout = 0 / 0 },
        { localaddress = 5 }, { nodelay = "x" }, { 1 }, "x", 5 } do
        t.raises("bad argument #2 to 'connect'", sss.connect, "127.0.0.1:1", options)
    end
end)

-- It was told that it is connected to the second address, and was to the first.
t.task("a connect that goes on after its time is over leads to no other address", function()
    t.not_emulated("no SO_PEERNAME")
    local full = sss.listen("127.0.0.1:0", { backlog = 0 })
    local first = sss.connect(full:getsockname())
    sss.wait(full, "r") -- there is room for no other
    local listener, other = link.listen()
    local late = {}
    for i = 1, 2 do
        late[i] = sss.socket():settimeout(0.05)
        t.eq({ late[i]:connect(full:getsockname()) }, { nil, "timeout" })
        t.raises("EALREADY", late[i].connect, late[i], other)
        late[i]:settimeout(nil)
    end
    local server = sss.spawn(function()
        for _ = 1, 3 do full:accept():close() end
    end)
    sss.wait(late[1], "w")
    t.raises("EISCONN", late[1].connect, late[1], other)
    t.ok(late[2]:connect(full:getsockname()) == late[2], "connected")
    t.ok(late[2]:getpeername() == full:getsockname(), "the peer")
    server:join()
    link.close(late[1], late[2], first, full, listener)
end)

t.run()
