-- SPDX-License-Identifier: BSD-3-Clause
-- Descriptors that others have, too: standard ones as inetd gives them, passed ones, lingering ones.

local sss = require "sss"
local t = require "harness"
local ffi = require "ffi"
local system = require "system"

ffi.cdef [[
    int socketpair(int, int, int, int *);
    int dup(int);
]]

local GETFL, SETFL, NONBLOCK = 3, 4, 2048 -- fcntl(2)

local function is_blocking(fd)
    return ffi.C.fcntl(fd, GETFL) % (2 * NONBLOCK) < NONBLOCK
end

-- Both ends of a pair of unix sockets of KIND (1 streams, 2 datagrams) that block.
local function blocking_pair(kind)
    local ends = ffi.new("int[2]")
    assert(ffi.C.socketpair(1, kind or 1, 0, ends) == 0)
    return ends[0], ends[1]
end

-- As inetd does: CODE with the connection as its descriptors 0 and 1. Our end of it.
local function inetd(code)
    local ours, theirs = blocking_pair()
    ffi.C.fcntl(ours, 2, ffi.cast("int", 1)) -- close-on-exec
    local script = t.write_file(code)
    assert(os.execute(("%s %s <&%d >&%d &"):format(t.child.quote(t.child.program), script, theirs,
        theirs)))
    system.close(theirs)
    return sss.fromfd(ours):settimeout(t.patience)
end

t.test("a script that has made a socket of its input prints to a slow peer", function()
    local sock = inetd [[
        local sss = require "sss"
        local sock = sss.fromfd(0)
        sock:receive("l")
        for i = 1, 5000 do print(("%06d "):format(i) .. ("x"):rep(93)) end
        io.stdout:flush()
        os.execute("cat") -- a child reads and writes there as before
        sock:send("last\n")]]
    sock:send("go\n")
    sss.sleep(0.3)
    for i = 1, 5000 do t.eq(tonumber(sock:receive("l"):match("^%d+")), i) end
    sock:send("for the child\n")
    t.eq(sock:receive("l"), "for the child")
    sock:shutdown("write")
    t.eq(sock:receive("a"), "last\n")
    sock:close()
end)

t.test("descriptor 0 is a socket like any other", function()
    local sock = inetd [[
        local sss = require "sss"
        local sock = sss.fromfd(0)
        sss.copy(sock, sock)
        sss.spawn(function() sock:send("from a task") end):join()
        sock:close()]]
    sock:send("echo\n")
    t.eq(sock:receive("l"), "echo")
    sock:shutdown("write")
    t.eq(sock:receive("a"), "from a task")
    sock:close()
end)

t.task("a descriptor that others have keeps its flags, and nobody waits", function()
    for _, kind in ipairs { 1, 2 } do
        local here, there = blocking_pair(kind)
        local other = ffi.C.dup(there) -- of the same open file
        local sock = sss.fromfd(there):settimeout(0.02)
        t.eq({ sock:recv() }, { nil, "timeout" })
        t.ok(is_blocking(other), "blocking")
        local sent
        repeat -- more than fits
            sent = kind == 1 and sock:send(("x"):rep(2 ^ 20)) or kind == 2 and sock:send(("x"):rep(1000))
        until not sent
        t.ok(is_blocking(other), "blocking")
        sock:close()
        system.close(here, other)
    end
end)

t.task("a listener that others have keeps its flags, and nobody waits", function()
    local path = t.tempname()
    for _, where in ipairs { "127.0.0.1:0", "unix:" .. path } do
        local listener = sss.listen(where)
        local copy = ffi.C.dup(listener.fd)
        ffi.C.fcntl(copy, SETFL, ffi.cast("int", 0))
        local sock = sss.fromfd(copy):settimeout(0.02)
        t.eq({ sock:accept() }, { nil, "timeout" })
        local server = sss.serve(sock:settimeout(nil), function(client) client:send("served") end)
        local client = sss.connect(listener:getsockname()):settimeout(t.patience)
        t.eq(client:receive("a"), "served")
        t.ok(is_blocking(listener.fd), "blocking")
        client:close()
        listener:close()
        server:stop()
    end
end)

t.task("a socket that blocks and is not connected yet", function()
    local listener = sss.listen("127.0.0.1:0")
    local first = sss.socket()
    local copy = ffi.C.dup(first.fd)
    ffi.C.fcntl(copy, SETFL, ffi.cast("int", 0))
    local sock = sss.fromfd(copy):connect(listener:getsockname())
    t.ok(is_blocking(first.fd), "blocking")
    for _, each in ipairs { listener:accept(), sock, first, listener } do each:close() end
end)

t.task("several datagrams are never given as one", function()
    local receiver = sss.listen("127.0.0.1:0", { type = "dgram" }):settimeout(t.patience)
    t.raises("ENOPROTOOPT", receiver.setsockopt, receiver, "udp.gro", true)
    ffi.cdef "int setsockopt(int, int, int, const void *, unsigned);"
    local copy = ffi.C.dup(receiver.fd)
    local one = ffi.new("int[1]", 1)
    if ffi.C.setsockopt(copy, 17, 104, one, 4) == 0 then -- SOL_UDP, UDP_GRO
        local sock = sss.fromfd(copy):settimeout(t.patience)
        local sender = sss.socket("inet", "dgram"):connect(receiver:getsockname())
        if pcall(sender.setsockopt, sender, "udp.segment", 100) then
            sender:send(("a"):rep(250))
            for _, size in ipairs { 100, 100, 50 } do t.eq(#sock:recv(1000), size) end
        end
        sock:close()
        sender:close()
    else
        system.close(copy)
    end
    receiver:close()
end)

-- Lingering ---------------------------------------------------------------------------------------

-- Closes a connection that lingers, while its peer reads nothing: seconds that another task waited.
local function close_time(listener, how)
    local sock = sss.connect(listener:getsockname())
    local peer = listener:accept()
    sock:setsockopt("linger", { on = true, seconds = 5 })
    sock:settimeout(0.1):send(("x"):rep(20 * 1024 * 1024))
    local worst, last, going = 0, sss.now(), true
    local clock = sss.spawn(function()
        while going do
            worst, last = math.max(worst, sss.now() - last), sss.now()
            sss.sleep(0.01)
        end
    end)
    sss.sleep(0.03)
    how(sock, peer)
    sock = nil
    collectgarbage() collectgarbage()
    sss.sleep(0.03)
    going = false
    clock:join()
    peer:close()
    return worst
end

for what, how in pairs {
    ["close"] = function(sock) sock:close() end,
    ["a collection"] = function() end,
    ["another task's close"] = function(sock) sss.spawn(sock.close, sock):join() end,
    ["an adopted socket's close"] = function(sock)
        local copy = sss.fromfd(ffi.C.dup(sock.fd))
        sock:close()
        copy:close()
    end,
    ["a passed socket that nobody wants"] = function(sock)
        local a, b = sss.pair()
        a:sendfd(sock, "x")
        b:recv()
        sock:close()
        a:close()
        b:close()
    end,
} do
    t.test("nobody waits for a socket that lingers: " .. what, function()
        local listener = sss.listen("127.0.0.1:0")
        local waited = close_time(listener, how)
        t.ok(waited < 2.5, "seconds that another task waited: " .. waited)
        listener:close()
    end)
end

t.task("what a listener's clients inherit", function()
    local listener = sss.listen("127.0.0.1:0"):setsockopt("linger", { on = true, seconds = 5 })
    local client = sss.connect(listener:getsockname())
    local served = listener:accept()
    t.eq(served:getsockopt("linger").seconds, 5)
    served:settimeout(0.1):send(("x"):rep(20 * 1024 * 1024))
    local before = sss.now()
    served:close()
    t.ok(sss.now() - before < 2.5, "the seconds that close() takes")
    client:close()
    listener:close()
end)

t.task("without a time close() still resets", function()
    local listener = sss.listen("127.0.0.1:0")
    local client = sss.connect(listener:getsockname())
    local served = listener:accept():setsockopt("linger", { on = true, seconds = 0 })
    served:close()
    t.raises("ECONNRESET", client.receive, client, "a")
    client:close()
    listener:close()
end)

-- Passed descriptors ------------------------------------------------------------------------------

t.task("a peer cannot fill the table of descriptors", function()
    local a, b = sss.pair()
    local passed = sss.socket()
    local before = system.descriptors()
    for _ = 1, 50 do a:sendfd(passed, "x") end
    t.eq(#b:receive(50), 50)
    t.eq(system.descriptors(), before + 8)
    b:close() -- and they leave nothing behind
    t.eq(system.descriptors(), before - 1)
    a:close()
    passed:close()
end)

ffi.cdef [[
    struct over_part { const char *base; size_t len; };
    struct over_message { void *name; uint32_t name_len; struct over_part *parts; size_t count;
                                                void *control; size_t control_len; int flags; };
    struct over_control { size_t len; int level, type; int fds[64]; };
    long sendmsg(int, const struct over_message *, int);
]]

-- Sends the descriptors FDS with TEXT, all in one message (SCM_RIGHTS, unix(7)).
local function send_together(fd, text, fds)
    local control = ffi.new("struct over_control", { len = 16 + 4 * #fds, level = 1, type = 1 })
    for i, each in ipairs(fds) do control.fds[i - 1] = each end
    local parts = ffi.new("struct over_part[1]", { { base = text, len = #text } })
    local message = ffi.new("struct over_message", { parts = parts, count = 1, control = control,
        control_len = 16 + 8 * math.ceil(#fds / 2) })
    t.eq(tonumber(ffi.C.sendmsg(fd, message, 0)), #text)
end

t.task("several descriptors of one message come in their order", function()
    for _, read_first in ipairs { false, true } do
        local a, b = sss.pair()
        local before, fds = system.descriptors(), {}
        for i = 1, 5 do
            local here, there = sss.pair()
            there:send("number " .. i .. "\n")
            there:close()
            fds[i] = ffi.C.dup(here.fd)
            here:close()
        end
        send_together(a.fd, "five", fds)
        system.close(unpack(fds))
        a:send("after")
        if read_first then t.eq(b:receive(2), "fi") end
        for i = 1, 3 do
            local got, data = b:recvfd()
            t.eq(got:receive("l"), "number " .. i)
            t.match(data, i == 1 and "e" or "^$")
            got:close()
        end
        b:close() -- with two that nobody has asked for
        a:close()
        t.eq(system.descriptors(), before - 2)
    end
end)

t.task("more are kept for who has asked for one", function()
    local a, b = sss.pair()
    local passed = sss.socket()
    t.eq({ b:settimeout(0):recvfd() }, { nil, "timeout" })
    for _ = 1, 50 do a:sendfd(passed, "x") end
    t.eq(#b:settimeout(t.patience):receive(50), 50)
    for _ = 1, 50 do b:recvfd():close() end
    t.eq({ b:settimeout(0):recvfd() }, { nil, "timeout" })
    a:close() b:close() passed:close()
end)

t.task("the number of a descriptor whose output is on its way is nobody's", function()
    local a, b = sss.pair()
    b:send("one\ntwo\n")
    t.eq(a:receive("l"), "one")
    a:setsockopt("sndbuf", 4096)
    for _ = 1, 60 do a:send(("x"):rep(1000)) end -- is held back: there is unread input
    local fd = a.fd
    a:close()
    local err = t.raises("bad argument #1 to 'fromfd'", sss.fromfd, fd)
    t.match(tostring(err), "closed socket, whose output is on its way")
    t.eq(#b:receive("a"), 60000)
    t.raises("EBADF", sss.fromfd, fd)
    b:close()
end)

t.run()
