-- SPDX-License-Identifier: BSD-3-Clause
-- Unix sockets: paths, abstract names, types, modes, passed descriptors.

local sss = require "sss"
local t = require "harness"
local link = require "link"
local system = require "system"

local function talk(address, kind)
    local listener = sss.listen(address, { type = kind })
    local client = sss.socket("unix", kind)
    client:connect(address)
    local server, peer = listener:accept()
    t.eq(peer.family, sss.AF.unix)
    client:send("hello\n")
    t.eq(server:recv(), "hello\n")
    server:send("back\n")
    t.eq(client:recv(), "back\n")
    t.ok(client:getpeername() == sss.tocaddress(address), "the peer")
    link.close(listener, client, server)
end

t.task("a stream over a path", function() talk({ path = t.tempname() }, "stream") end)
t.task("a stream over a path as text", function() talk("unix:" .. t.tempname(), "stream") end)
t.task("packets over a path", function() talk({ path = t.tempname() }, "seqpacket") end)

t.task("an abstract name", function()
    local name = t.tempname()
    talk({ path = "\0" .. name }, "stream")
    talk("unix:@" .. name, "seqpacket")
end)

t.task("packets keep their bounds", function()
    local a, b = sss.pair("seqpacket")
    a:send("one")
    a:send("three")
    t.eq(b:recv(), "one")
    t.eq(b:recv(2), "th")
    a:close()
    t.eq(t.pack(b:recv()), { n = 2, nil, "closed" })
    b:close()
end)

t.task("a stale socket file is replaced", function()
    local path = t.tempname()
    local first = sss.socket("unix")
    first:bind { path = path } -- leaves its file behind
    first:close()
    t.match(t.output_of("ls -l " .. path), "^s")
    talk({ path = path }, "stream")
end)

t.task("a live socket is address in use", function()
    local path = t.tempname()
    local first = sss.listen({ path = path })
    local err = t.raises("EADDRINUSE", sss.listen, { path = path })
    t.match(tostring(err), "unix:" .. path)
    local client = sss.connect({ path = path }) -- the first one still serves
    link.close(first:accept(), client, first)
end)

t.task("a live datagram socket is address in use", function()
    local path = t.tempname()
    local first = sss.listen({ path = path }, { type = "dgram" })
    t.raises("EADDRINUSE", sss.listen, { path = path }, { type = "dgram" })
    first:close()
end)

t.task("a file that is no socket is never replaced", function()
    local path = t.write_file "precious"
    local err = t.raises(path, sss.listen, { path = path })
    t.ok(err.code == "EADDRINUSE" or err.code == "ENOTSOCK", err.code)
    t.eq(t.read_file(path), "precious")
end)

t.task("the mode of a socket file", function()
    local path = t.tempname()
    local listener = sss.listen({ path = path }, { mode = tonumber("600", 8) })
    t.eq(t.output_of("stat -c %a " .. path), "600\n")
    listener:close()
    t.raises("bad argument #2 to 'listen'", sss.listen, { path = path }, { mode = -1 })
    t.raises("bad argument #2 to 'listen'", sss.listen, { path = path }, { mode = {} })
end)

t.task("errors name the path", function()
    local err = t.raises("ENOENT", sss.connect, "unix:/nonexistent/x.sock")
    t.eq(tostring(err), "connect unix:/nonexistent/x.sock: No such file or directory")
    t.raises("ENOENT", sss.listen, "unix:/nonexistent/x.sock")
end)

t.task("nobody listens: connection refused", function()
    local path = t.tempname()
    local s = sss.socket("unix")
    s:bind { path = path }
    t.raises("ECONNREFUSED", sss.connect, { path = path })
    s:close()
end)

t.task("a full backlog is waited for", function()
    local path = t.tempname()
    local listener = sss.listen({ path = path }, { backlog = 1 })
    local clients = {}
    local connecting = sss.spawn(function()
        for i = 1, 6 do clients[i] = sss.connect({ path = path }) end
    end)
    for _ = 1, 6 do listener:accept():close() end
    connecting:join()
    t.eq(#clients, 6)
    link.close(listener, unpack(clients))
end)

t.task("a pair", function()
    local a, b = sss.pair()
    t.eq(a.type, sss.SOCK.stream)
    t.eq(a.domain, sss.AF.unix)
    a:send("ping\n")
    t.eq(b:receive(), "ping\n")
    t.raises("bad argument #1 to 'pair'", sss.pair, "strem")
    t.raises("bad argument #1 to 'pair'", sss.pair, {})
    link.close(a, b)
end)

-- What recvfd() gave, as a socket.
local function as_socket(got)
    return type(got) == "number" and sss.fromfd(got) or got
end

t.task("a socket is passed over a socket", function()
    local a, b = sss.pair()
    local c, d = sss.pair()
    a:sendfd(c, "here")
    c:close()
    local got, data = b:recvfd()
    local passed = as_socket(got)
    t.eq(data, "here")
    passed:send("through\n")
    t.eq(d:receive(), "through\n")
    link.close(a, b, d, passed)
end)

t.task("a descriptor number is passed, data may be left out", function()
    local a, b = sss.pair()
    local c, d = sss.pair()
    a:sendfd(c.fd)
    local passed = as_socket((b:recvfd()))
    d:send("x")
    t.eq(passed:recv(), "x")
    link.close(a, b, c, d, passed)
end)

t.task("a Lua file is passed", function()
    local a, b = sss.pair()
    local file = assert(io.open(t.write_file "what the file holds"))
    a:sendfd(file, "a file")
    file:close()
    t.raises("bad argument #1 to 'sendfd'", a.sendfd, a, file)
    local fd, data
    t.after(function() if type(fd) == "number" then system.close(fd) end end)
    fd, data = b:recvfd()
    t.eq({ type(fd), data }, { "number", "a file" })
    t.eq(system.read(fd, 100), "what the file holds")
    link.close(a, b)
end)

t.task("a descriptor between other data", function()
    local a, b = sss.pair()
    local c, d = sss.pair()
    a:send("before\n")
    a:sendfd(c, "with it\n")
    a:send("after\n")
    t.eq(b:receive(), "before\n")
    local got, data = b:recvfd()
    t.eq(data:sub(1, 8), "with it\n")
    local passed = as_socket(got)
    passed:send("through\n")
    t.eq(d:receive(), "through\n")
    if data == "with it\n" then t.eq(b:receive(), "after\n") end
    link.close(a, b, c, d, passed)
end)

t.task("a descriptor that nobody asked for is not left open", function()
    local a, b = sss.pair()
    local c, d = sss.pair()
    a:sendfd(c, "line\n")
    t.eq(b:receive(), "line\n")
    link.close(a, b, c)
    d:settimeout(t.patience)
    t.eq(d:recv(), nil) -- the last copy of c is closed
    d:close()
end)

t.task("a passed descriptor goes out behind held output", function()
    local a, b = sss.pair()
    local c, d = sss.pair()
    b:send("one\ntwo\n")
    t.eq(a:receive(), "one\n")
    a:send("held\n")
    a:sendfd(c, "fd")
    t.eq(b:receive(), "held\n")
    local got, data = b:recvfd()
    t.eq(data, "fd")
    link.close(a, b, c, d, as_socket(got))
end)

t.task("recvfd at the end of the stream", function()
    local a, b = sss.pair()
    a:close()
    t.eq(t.pack(b:recvfd()), { n = 2, nil, "closed" })
    b:close()
end)

t.task("recvfd times out", function()
    local a, b = sss.pair()
    b:settimeout(0.01)
    t.eq(t.pack(b:recvfd()), { n = 2, nil, "timeout" })
    link.close(a, b)
end)

t.task("sendfd refuses what is no descriptor", function()
    local a, b = sss.pair()
    t.raises("bad argument #1 to 'sendfd'", a.sendfd, a, "x")
    t.raises("bad argument #1 to 'sendfd'", a.sendfd, a, -1)
    t.raises("bad argument #1 to 'sendfd'", a.sendfd, a)
    t.raises("EBADF", a.sendfd, a, 19999)
    link.close(a, b)
end)

t.run()
