-- SPDX-License-Identifier: BSD-3-Clause
-- Faults that were found by reading the code as an attacker would: each test names what held wrong.

local sss = require "sss"
local t = require "harness"
local ffi = require "ffi"

ffi.cdef [[
    void *memchr(const void *, int, size_t);
    void *memmove(void *, const void *, size_t);
    size_t strnlen(const char *, size_t);
    void *mmap(void *, size_t, int, int, int, long);
    int munmap(void *, size_t);
    int mprotect(void *, size_t, int);
]]

-- SIZE bytes of 'A' behind which no memory is; released after the test.
local function room_at_the_edge(size)
    local PAGE, READ_WRITE, PRIVATE_ANONYMOUS = 65536, 3, 0x22 -- a page of any machine
    local room = ffi.cast("char *", ffi.C.mmap(nil, 2 * PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0))
    t.eq(ffi.C.mprotect(room + PAGE, PAGE, 0), 0)
    t.after(function() ffi.C.munmap(room, 2 * PAGE) end)
    ffi.fill(room + PAGE - size, size, ("A"):byte())
    return room + PAGE - size
end

t.test("looking for a string's end does not read behind it", function()
    local room = room_at_the_edge(64)
    room[63] = 0
    for from = 0, 63 do -- printf's "%s" asks for 2^31 - 1 bytes at most
        t.eq(tonumber(ffi.C.strnlen(room + from, 2 ^ 31 - 1)), 63 - from)
        t.eq(ffi.C.memchr(room + from, 0, -1ULL), room + 63)
    end
end)

t.test("memchr finds what a plain loop finds", function()
    local room = room_at_the_edge(80)
    for from = 0, 40 do
        for count = 0, 40 do
            for at = 0, 79 do
                room[at] = ("B"):byte()
                local wanted = at >= from and at < from + count and room + at or nil
                t.eq(ffi.C.memchr(room + from, ("B"):byte(), count), wanted)
                room[at] = ("A"):byte()
            end
        end
    end
end)

-- Moves COUNT bytes of 0, 1, 2... from FROM to TO by MOVE; what stands there afterwards.
local function moved(move, room, size, from, to, count)
    for i = 0, size - 1 do room[i] = i % 251 end
    move(room + to, room + from, count)
    return ffi.string(room, size)
end

local function plain_move(to, from, count)
    local bytes = ffi.string(from, count)
    for i = 0, count - 1 do to[i] = bytes:byte(i + 1) end
end

t.test("memcpy and memmove move what a plain loop moves", function()
    for _, size in ipairs { 40, 100, 700, 1500 } do
        local room = room_at_the_edge(size)
        for _, count in ipairs { 0, 1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 64, 300, 511, 512, 600 } do
            for _, far in ipairs { 0, 1, 7, 16, 20, 600 } do -- overlapping, or behind one another
                if count + far <= size then
                    local at = size - count - far
                    local up = moved(plain_move, room, size, at, at + far, count)
                    local down = moved(plain_move, room, size, at + far, at, count)
                    t.eq(moved(ffi.C.memmove, room, size, at, at + far, count), up)
                    t.eq(moved(ffi.C.memmove, room, size, at + far, at, count), down)
                    if far >= count then t.eq(moved(ffi.copy, room, size, at, at + far, count), up) end
                end
            end
        end
    end
end)

local no_numbers = { -1, 1.5, 2 ^ 31 + 0.5, 2 ^ 32 + 2, 2 ^ 53, 2 ^ 63, 1e300, 1 / 0, -1 / 0, 0 / 0 }

t.test("a number that is none of the kind is refused, not cut to size", function()
    local sock = sss.socket()
    for _, n in ipairs(no_numbers) do
        local function refused(name, f, ...)
            t.raises("bad argument #%d to '" .. name .. "'", f, ...)
        end
        refused("resolve", sss.resolve, "127.0.0.1", 80, { family = n })
        refused("resolve", sss.resolve, "127.0.0.1", 80, { type = n })
        refused("tocaddress", sss.tocaddress, { host = "fe80::1", port = 1, scope = n })
        refused("tocaddress", sss.tocaddress, { host = "127.0.0.1", port = 1, scope = n })
        refused("tocaddress", sss.tocaddress, { host = "*", port = 1, family = n })
        refused("tocaddress", sss.tocaddress, { host = "*", port = n })
        refused("listen", sss.listen, "127.0.0.1:0", { type = n })
        if n ~= 2 ^ 32 + 2 then -- as a number of bytes that one is good
            refused("receiveuntil", sock.receiveuntil, sock, "x", { limit = n })
        end
    end
    sock:close()
    t.eq(sss.tocaddress { host = "fe80::1", port = 1, scope = 2 ^ 32 - 1 }.scope, 2 ^ 32 - 1)
    t.eq(sss.tocaddress { host = "::1", port = 1, scope = 0 }.scope, 0)
    t.eq(sss.tocaddress { host = "127.0.0.1", port = 1, scope = 0 }.port, 1)
end)

t.test("a message is not cut, or says so", function()
    local name = ("n"):rep(5000)
    t.raises("unknown option '" .. name .. "'%)$", sss.listen, "127.0.0.1:0", { [name] = 1 })
    t.raises("unknown option '" .. name .. "'%)$", sss.resolve, "x", 1, { [name] = 1 })
    t.raises("unknown address family '" .. name .. "'%)$", sss.socket, name)
    t.raises("no port, as in [^']*: '" .. ("n"):rep(80) .. "%.%.%.'%)$", sss.tocaddress, name)
    t.raises("no port, as in [^']*: '" .. ("n"):rep(80) .. "'%)$", sss.tocaddress, ("n"):rep(80))
end)

t.test("a finalizer that the script calls itself counts once", function()
    local output, status = t.child.run([[
        local sss = require "sss"
        local kept = sss.socket()
        local task = sss.spawn(function() sss.sleep(60) end)
        local collect = debug.getmetatable(task).__gc
        for _ = 1, 100 do collect(task) end
        newproxy = getmetatable(newproxy(true)) -- its finalizer uses sockets when the state is closed
        newproxy.__gc = function() kept:close() print(sss.socket()) end
        sss.yield()
        os.exit(0, true)]])
    t.match(output, "^socket: tcp")
    t.eq(status, 0)
end)

t.test("the traceback of a failed task has the line of its innermost function", function()
    local output = t.child.run([[
        local sss = require "sss"
        local function inner(x)
            return x.field
        end
        sss.spawn(function()
            local result = inner(nil)
            return result
        end)]])
    t.match(output, "task 1 failed: [^\n]*:3: attempt to index local 'x'")
    t.match(output, "stack traceback:\n\t[^\n]*:3: in function 'inner'\n\t[^\n]*:6: in function <")
end)

t.test("so has that of a client's task, and of a chunk with a colon in its name", function()
    local output = t.child.run([[
        local sss = require "sss"
        local handler = loadstring("local client = ...\n\nreturn client.nothing.more", "=part: 1")
        local server = sss.serve("127.0.0.1:0", handler)
        sss.connect(server:address()):receive("a")
        server:stop()
        sss.spawn(loadstring("local x\nreturn x.y", "=part")).name = "part"]])
    t.match(output, "client [%d.:]+ failed: part: 1:3: attempt to index field 'nothing'")
    t.match(output, "part failed: part:2: attempt[^\n]*\nstack traceback:\n\tpart:2: in ")
end)

t.test("a task that fails is told of when there is no memory at all", function()
    if t.sanitized then t.skip("a sanitizer has no room under a limit") end
    t.not_emulated("it has its own needs under a limit")
    local output, status = t.child.run([[
        local sss = require "sss"
        local ffi = require "ffi"
        ffi.cdef "void *malloc(size_t);"
        sss.spawn(function()
            local kept = {}
            for size = 20, 4, -1 do
                while ffi.C.malloc(2 ^ size) ~= nil do end
            end
            for i = 1, 1e9 do kept[i] = {i} end
        end)]], { before = "ulimit -v 200000; exec timeout 50" })
    t.match(output, "^sssrun: .*task.*memory")
    t.eq(status, 1)
end)

t.task("a descriptor that came and finds no room is told of, once", function()
    local a, b = sss.pair()
    local passed = sss.socket()
    for _ = 1, 66 do a:sendfd(passed, "x") end
    t.eq(#b:receive(66), 66)
    for _ = 1, 8 do -- nobody had asked for any
        local got = b:recvfd() -- a number where the system does not say what it is
        if type(got) == "number" then got = sss.fromfd(got) end
        got:close()
    end
    t.raises("EMFILE", b.recvfd, b)
    b:settimeout(0)
    t.eq({ b:recvfd() }, { nil, "timeout" })
    a:close() b:close() passed:close()
end)

t.task("what a peer sends ahead of what is read takes a bounded part of memory", function()
    local listener = sss.listen("127.0.0.1:0")
    local peer = sss.connect(listener:getsockname()):settimeout(0.2)
    local sock, other, another = listener:accept(), sss.pair()
    local before = sss.stats().buffer_bytes
    for _ = 1, 20 do
        peer:send(("x"):rep(2 ^ 20)) -- as much as the system takes
        t.eq(sock:recv(1), "x")
        another:send("y") -- what is read here takes the place of the other's unread input
        t.eq(other:recv(1), "y")
        t.ok(sss.stats().buffer_bytes - before <= 512 * 1024, "bytes of buffers")
    end
    for _, each in ipairs { listener, peer, sock, other, another } do each:close() end
end)

t.test("a peak of many tasks takes its memory once", function()
    if t.sanitized then t.skip("a sanitizer keeps what is freed") end
    t.not_emulated("its own memory counts")
    local output, status = t.child.run([[
        local sss = require "sss"
        local function peak(n)
            local gate, tasks = sss.channel(), {}
            for i = 1, n do tasks[i] = sss.spawn(gate.receive, gate) end
            sss.yield()
            gate:close()
            for i = 1, n do tasks[i]:join() end
            tasks = nil
            collectgarbage() collectgarbage()
        end
        for _ = 1, 6 do
            peak(20000)
            for line in io.lines("/proc/self/status") do
                local most = line:match("^VmHWM:%s*(%d+) kB")
                if most then print(most) end
            end
        end]])
    t.eq(status, 0, output)
    local first, last = output:match("^(%d+)\n.-(%d+)\n?$")
    t.ok(tonumber(last) < first * 1.4 + 4096, "kB at most: " .. output)
end)

t.test("closed standard descriptors are no sockets, also where there is no /dev", function()
    local root = t.tempdir()
    local program = t.child.quote(t.child.program)
    os.execute(("cp %s %s/sssrun"):format(program, root))
    if not os.execute(("chroot %s /sssrun -e '' 2>/dev/null"):format(root)) then
        t.skip("chroot is not allowed, or the program needs its libraries")
    end
    local file = assert(io.open(root .. "/script.lua", "w"))
    file:write([[
        local sss = require "sss"
        local first = sss.socket().fd
        io.stdout:write("lost")
        io.open("/result", "w"):write(tostring(first > 2 and not io.stdout:flush() and not io.read()))]])
    file:close()
    os.execute(("chroot %s /sssrun /script.lua <&- >&- 2>&-"):format(root))
    file = assert(io.open(root .. "/result"))
    t.eq(file:read("*a"), "true")
    file:close()
end)

t.test("a table with the metatable of an object is no such object", function()
    local sock, datagram = sss.socket(), sss.socket("inet", "dgram")
    local address, task, signal = sss.tocaddress("127.0.0.1:1"), sss.spawn(type, 1), sss.signal("USR1")
    local objects = { sock, address, task, signal, sss.serve("127.0.0.1:0", type) }
    for _, object in ipairs(objects) do
        local meta = getmetatable(object)
        local fake = setmetatable({}, meta)
        for _, f in pairs(meta) do
            if type(f) == "function" then pcall(f, fake, "x", fake) end
        end
        for _, class in ipairs { "receive", "recv", "peek", "receiveuntil", "recvfrom", "recvfd", "lines",
            "send", "sendln", "sendto", "sendfile", "sendfd", "flush", "shutdown", "close", "accept", "bind",
            "listen", "connect", "setsockopt", "getsockopt", "settimeout", "gettimeout", "getsockname",
            "getpeername" } do
            pcall(sock[class], fake, "x", fake)
            pcall(sock[class], fake)
            pcall(datagram[class], datagram, fake, fake)
        end
        pcall(sss.wait, fake, "r", 0)
        pcall(sss.copy, fake, fake)
        pcall(sss.listen, fake)
        pcall(sss.connect, fake)
        pcall(task.join, fake)
        pcall(task.cancel, fake)
        pcall(signal.wait, fake)
        pcall(signal.close, fake)
        pcall(objects[5].stop, fake)
        pcall(tostring, fake)
    end
    t.raises("bad self", sock.peek, setmetatable({}, getmetatable(sock)))
    t.raises("bad self", sock.close, setmetatable({}, getmetatable(sock)))
    objects[5]:stop()
    signal:close() datagram:close() sock:close()
    task:join()
end)

t.run()
