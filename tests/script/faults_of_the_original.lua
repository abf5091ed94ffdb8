-- SPDX-License-Identifier: BSD-3-Clause
-- The faults of the original Simple Stupid Socket, each as a test that it would fail.

local sss = require "sss"
local t = require "harness"
local link = require "link"

t.task("recv ended at a NUL byte", function()
    local a, b = link.tcp()
    b:send("before\0after\0")
    t.eq(a:receive(13), "before\0after\0")
    b:send("\0x")
    t.eq(a:recv(2), "\0x")
    link.close(a, b)
end)

t.task("end of stream, timeout and error all gave an empty string", function()
    local a, b = link.tcp()
    a:settimeout(0.01)
    t.eq(t.pack(a:recv()), { n = 2, nil, "timeout" })
    b:setsockopt("linger", { on = true, seconds = 0 })
    b:close()
    t.raises("ECONNRESET", a.recv, a)
    local c, d = link.tcp()
    d:close()
    t.eq(t.pack(c:recv()), { n = 2, nil, "closed" })
    link.close(a, c)
end)

t.task("receive span forever at the end of the stream", function()
    local a, b = link.tcp()
    b:send("no newline")
    b:close()
    t.eq(a:receive(), "no newline")
    t.eq(t.pack(a:receive()), { n = 2, nil, "closed" })
    t.eq(t.pack(a:receive()), { n = 2, nil, "closed" })
    a:close()
end)

t.task("accept gave an empty address", function()
    local listener, address = link.listen()
    local client = sss.connect(address)
    local server, from = listener:accept()
    t.eq(sss.toladdress(from), { host = "127.0.0.1", port = client:getsockname().port })
    link.close(listener, client, server)
end)

t.task("IPv6 crashed", function()
    link.need_ipv6()
    local listener = sss.socket(sss.AF.inet6, sss.SOCK.stream)
    listener:bind { host = "::1", port = 0 }
    listener:listen()
    local client = sss.socket(sss.AF.inet6)
    client:connect(listener:getsockname())
    local server, from = listener:accept()
    t.eq(from.host, "::1")
    server:send("six\n")
    t.eq(client:receive(), "six\n")
    link.close(listener, client, server)
end)

t.task("a wrong host bound 0.0.0.0", function()
    for _, host in ipairs { "1.2.3", "256.1.1.1", "no..such", "1.2.3.4.5", "::1::2" } do
        local s = sss.socket()
        t.raises("", s.bind, s, { host = host, port = 0 })
        t.eq(tostring(s:getsockname()), "0.0.0.0:0") -- still not bound to anything
        t.eq(s:getsockname().port, 0)
        s:close()
    end
end)

t.task("loopback became 1.0.0.127", function()
    local s = sss.socket()
    s:bind { host = "loopback", port = 0 }
    t.eq(s:getsockname().host, "127.0.0.1")
    t.eq(sss.tocaddress({ host = "loopback", port = 1 }).host, "127.0.0.1")
    s:close()
end)

t.task("port 70000 became 4464", function()
    for _, port in ipairs { 70000, 65536, -1, 1e9, 0.5 } do
        t.raises("bad argument #1 to 'tocaddress'", sss.tocaddress, { host = "*", port = port })
        local s = sss.socket()
        t.raises("bad argument #1 to 'bind'", s.bind, s, { host = "loopback", port = port })
        s:close()
    end
    t.raises("bad argument #1 to 'tocaddress'", sss.tocaddress, "127.0.0.1:70000")
end)

t.task("sendto never worked", function()
    local here, there = sss.socket("inet", "dgram"), sss.socket("inet", "dgram")
    here:bind { host = "loopback", port = 0 }
    local port = here:getsockname().port
    t.eq(there:sendto("hello", { host = "127.0.0.1", port = port }), 5)
    t.eq(here:recv(), "hello")
    link.close(here, there)
end)

t.task("getsockopt never worked", function()
    local s = sss.socket()
    t.eq(s:getsockopt(sss.SO.type), sss.SOCK.stream)
    t.eq(s:getsockopt(sss.SO.reuseaddr), false)
    s:setsockopt(sss.SO.reuseaddr, 1)
    t.eq(s:getsockopt(sss.SO.reuseaddr), true)
    s:close()
end)

t.task("a failed send went unnoticed until compiled", function()
    for round = 1, 300 do
        local s = sss.socket()
        local ok, err = pcall(s.send, s, "x")
        t.eq(ok, false, "the outcome of send in round " .. round)
        t.ok(err.code == "EPIPE" or err.code == "ENOTCONN", err.code)
        s:close()
    end
end)

t.test("a write to a closed peer killed the process", function()
    local output, status = t.child.run([[
        local ffi, sss = require "ffi", require "sss"
        ffi.cdef "void *signal(int number, void *handler);"
        ffi.C.signal(13, nil) -- SIGPIPE kills, should there be one
        local a, b = sss.pair()
        b:close()
        for i = 1, 3 do
            local ok, err = pcall(a.send, a, "x")
            print(ok, err.code)
        end
        pcall(a.send, a, { "gathered", "parts" })
        pcall(a.sendfile, a, "/proc/self/status", 0, 10)
        local here = sss.listen("127.0.0.1:0")
        local c = sss.connect(here:getsockname())
        here:accept():close()
        local ok, err
        repeat ok, err = pcall(c.send, c, "x") sss.sleep(0) until not ok
        print(err.code == "EPIPE" or err.code == "ECONNRESET")]])
    t.eq(status, 0)
    t.match(output, "^false\tEPIPE\nfalse\tEPIPE\nfalse\tEPIPE\ntrue")
end)

t.test("after close calls went to descriptor 0", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        local s = sss.socket()
        s:close()
        assert(s.sid == 0)
        s:close() -- this must not close descriptor 0
        for _, name in ipairs { "recv", "receive", "send", "listen", "accept", "bind" } do
            local ok, err = pcall(s[name], s, "127.0.0.1:0")
            assert(not ok and tostring(err):find("closed socket"), name)
        end
        print(io.read("*l"))]], { before = "echo from descriptor 0 | exec" })
    t.eq(status, 0, output)
    t.match(output, "^from descriptor 0")
end)

t.task("socket() could return an object that was no socket", function()
    t.raises("EPROTONOSUPPORT", sss.socket, sss.AF.inet, sss.SOCK.stream, 17)
    t.raises("bad argument #1 to 'socket'", sss.socket, "nosuchfamily")
    t.raises("", sss.socket, 45) -- a family that this system does not have
    t.raises("", sss.socket, sss.AF.inet, 9)
end)

t.test("backlog was 1", function()
    local s = sss.socket()
    s:bind("127.0.0.1:0"):listen()
    local clients = {}
    for i = 1, 100 do
        clients[i] = t.ok(sss.connect(s:getsockname(), { timeout = t.patience }), "connection " .. i)
    end
    link.close(s, unpack(clients))
end)

t.test("no close-on-exec", function()
    local sockets = { sss.socket(), sss.listen("127.0.0.1:0"), sss.socket("unix", "dgram") }
    sockets[4], sockets[5] = sss.pair()
    sockets[6], sockets[7] = link.tcp()
    for _, s in ipairs(sockets) do
        local found = t.output_of(("test -e /proc/self/fd/%d && readlink /proc/self/fd/%d"):format(
            s.fd, s.fd))
        t.ok(not found:find("socket:"), "inherited: " .. tostring(s))
    end
    link.close(unpack(sockets))
end)

-- Interrupts this process every millisecond while f runs.
local function interrupted(f)
    local ffi = require "ffi"
    ffi.cdef [[
        struct sss_test_itimer { long interval_s, interval_us, value_s, value_us; };
        int setitimer(int which, const struct sss_test_itimer *now, struct sss_test_itimer *before);
        typedef void (*sss_test_handler)(int);
        sss_test_handler signal(int number, sss_test_handler handler);
        int getpid(void);
    ]]
    local SIGALRM = 14
    -- any C function of one number will do as a handler that changes nothing
    ffi.C.signal(SIGALRM, ffi.cast("sss_test_handler", ffi.C.getpid))
    ffi.C.setitimer(0, ffi.new("struct sss_test_itimer", 0, 1000, 0, 1000), nil)
    local ok, err = pcall(f)
    ffi.C.setitimer(0, ffi.new("struct sss_test_itimer"), nil)
    ffi.C.signal(SIGALRM, nil)
    if not ok then error(err, 0) end
end

t.test("interrupted calls failed", function()
    interrupted(function()
        local a, b = link.tcp()
        local data = ("0123456789abcdef"):rep(2 ^ 16)
        local writer = sss.spawn(function()
            for i = 1, 20 do
                sss.sleep(0.003)
                b:send(i .. "\n")
            end
            b:send(data)
        end)
        for i = 1, 20 do t.eq(a:receive(), i .. "\n") end
        t.ok(a:receive(#data) == data, "what has arrived")
        writer:join()
        a:settimeout(0.02)
        t.eq(t.pack(a:receive()), { n = 2, nil, "timeout" })
        link.close(a, b)
    end)
end)

t.test("settimeout: both pairs of keys were in use", function()
    local s = sss.socket()
    t.eq(t.pack(s:settimeout({ send = 1, receive = 2 }):gettimeout()), { n = 2, 2, 1 })
    t.eq(t.pack(s:settimeout({ snd = 3, rcv = 4 }):gettimeout()), { n = 2, 4, 3 })
    s:close()
end)

t.run()
