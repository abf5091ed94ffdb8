-- SPDX-License-Identifier: BSD-3-Clause
-- Roads that are rarely taken: odd arguments, full buffers, places where nobody can wait.

local sss = require "sss"
local t = require "harness"
local link = require "link"

t.task("a task's name is set by assignment, and messages use it", function()
    local a, b = link.tcp()
    local reader = sss.spawn(function() return b:receive() end)
    t.match(reader.name, "^task %d+$")
    reader.name = "the reader"
    t.eq(reader.name, "the reader")
    t.eq(tostring(reader), "task: the reader (ready)")
    sss.yield()
    t.match(t.raises("EBUSY", b.receive, b).message, "^the reader is already reading")
    t.raises("a task's name is a string, not a number", function() reader.name = 1 end)
    t.raises("a task's name has no NUL inside", function() reader.name = "a\0b" end)
    t.raises("a task has no field 'status' that can be set", function() reader.status = "done" end)
    a:send("x\n")
    reader:join()
    t.eq(reader.name, "the reader")
    link.close(a, b)
end)

t.test("addresses as tables: the family by its word, and what is none", function()
    t.eq(sss.tocaddress({ host = "*", port = 1, family = "inet6" }).host, "::")
    t.raises("family of an address", sss.tocaddress, { host = "*", port = 1, family = "nonsense" })
    t.raises("family of an address", sss.tocaddress, { host = "*", port = 1, family = true })
    t.raises("port must be 0 to 65535: '70000'", sss.tocaddress, { host = "*", port = "70000" })
    t.raises("bad argument #2 to 'resolve' %(port must be 0", sss.resolve, "localhost", "70000")
    t.raises("bad argument #2 to 'resolve' %(number from 0", sss.resolve, "localhost", 70000)
end)

t.test("values that an option does not take", function()
    local s = sss.socket("inet", "dgram")
    local function refused(why, name, value)
        t.raises("bad argument #2 to 'setsockopt' %(option '" .. name:gsub("%p", "%%%0") .. "' " .. why,
            s.setsockopt, s, name, value)
    end
    refused("takes {group=", "ip.add_membership", {})
    refused("takes {group=", "ip.add_membership", { group = "239.1.2.3", interface = {} })
    refused("takes {group=.*out of range", "ip.add_membership", { group = ("1"):rep(100000) })
    refused("needs a group", "ip.add_membership", { group = "" })
    refused("has no field 'other'", "ip.add_membership", { group = "239.1.2.3", other = 1 })
    refused("takes .*out of range", "so.bindtodevice", ("x"):rep(100000))
    refused("takes false, a whole number", "so.linger", { on = true })
    refused("takes false, a whole number", "so.linger", { on = 1, seconds = 1 })
    t.raises("ENOPROTOOPT", s.getsockopt, s, "ip.add_membership")
    s:settimeout(1):settimeout { send = false }
    t.eq(t.pack(s:gettimeout()), { n = 2, 1, nil })
    s:close()
end)

t.task("recvfrom of a stream tells the peer", function()
    local a, b = link.tcp()
    a:send("hello")
    local data, from = b:recvfrom()
    t.eq(data, "hello")
    t.eq(tostring(from), tostring(a:getsockname()))
    link.close(a, b)
end)

t.task("a delimiter of more than eight bytes", function()
    local a, b = link.tcp()
    a:send("one-- boundary --two-- bound")
    t.eq(b:receiveuntil("-- boundary --"), "one")
    local rest = sss.spawn(function() return b:receiveuntil("-- boundary --") end)
    sss.yield()
    a:send("ary --three")
    t.eq(rest:join(), "two")
    link.close(a, b)
end)

t.task("waiting for a descriptor among too much data is an error, and loses none", function()
    local a, b = sss.pair()
    local size = 2 ^ 20 + 1000
    local writer = sss.spawn(function() return a:send(("x"):rep(size)) end)
    t.raises("EMSGSIZE", b.recvfd, b)
    t.eq(#b:receive(size), size)
    t.eq(writer:join(), size)
    a:close() b:close()
end)

-- Fills what the system takes of A's output.
local function stuff(a)
    a:settimeout(0)
    local _, _, sent
    local total = 0
    repeat
        local all, _, some = a:send(("x"):rep(100000))
        sent = all or some
        total = total + sent
    until not all
    a:settimeout(nil)
    return total
end

t.task("a descriptor that is passed waits for room, its data too", function()
    local a, b = sss.pair()
    local before, passed = stuff(a), sss.socket()
    local size = 500000
    local sender = sss.spawn(function() return a:sendfd(passed, ("y"):rep(size)) end)
    sss.yield()
    t.eq(b:receive(before), ("x"):rep(before))
    local got, data = b:recvfd()
    if type(got) == "number" then got = sss.fromfd(got) end -- the system did not say what it is
    t.eq(data .. b:receive(size - #data), ("y"):rep(size))
    t.eq(sender:join(), size)
    got:close()
    a:close() b:close() passed:close()
end)

-- A connection on which output is held back and the system takes none: A has unread input.
local function held()
    local a, b = link.tcp()
    local total = stuff(a)
    b:send("input\nmore\n")
    t.eq(a:receive("l"), "input")
    t.eq(a:send("held"), 4)
    return a, b, total
end

for name, f in pairs {
    sendfile = function(a, path) return a:sendfile(path) end,
    flush = function(a) a:flush() return 0 end,
    shutdown = function(a) a:shutdown("write") return 0 end,
} do
    t.task(name .. " waits for what is held back before it", function()
        local a, b, total = held()
        local path = t.tempname()
        local file = assert(io.open(path, "w"))
        file:write("file")
        file:close()
        local worker = sss.spawn(f, a, path)
        sss.yield()
        t.eq(worker.status, "waiting")
        t.eq(#b:receive(total), total)
        t.eq(b:receive(4), "held")
        if worker:join() > 0 then t.eq(b:receive(4), "file") end
        t.eq(a:receive("l"), "more")
        link.close(a, b)
    end)
end

t.task("a finalizer that closes the socket that is being sent on lets the send end first", function()
    local a, b = link.tcp()
    local array, sending, closed, sent = {}, false, false, nil
    for i = 1, 1000 do array[i] = "xy" end
    local function make_garbage()
        getmetatable(newproxy(true)).__gc = function()
            if not sending or closed then return end
            closed = true
            a:close()
        end
    end
    -- The collector is due with the next piece of memory, which the send needs, and does all at once.
    local before = collectgarbage("setstepmul", 1000000)
    t.after(function() collectgarbage("setstepmul", before) end)
    for _ = 1, 20000 do
        collectgarbage("stop")
        for _ = 1, 10 do make_garbage() end
        sending = true
        collectgarbage("restart")
        sent = a:send(array)
        sending = false
        t.eq(sent, 2000)
        t.eq(#b:receive(2000), 2000)
        if closed then break end
    end
    t.ok(closed, "closed by a finalizer")
    t.raises("closed socket", a.send, a, "x")
    t.eq({ b:receive("a") }, { "" })
    b:close()
end)

t.task("a coroutine inside of a C function inside of a task cannot wait", function()
    local a, b = link.tcp()
    local task = sss.spawn(function()
        local ok, err
        table.sort({ 1, 2 }, function()
            ok, err = pcall(coroutine.wrap(function() return b:receive() end))
            return false
        end)
        return ok, err.code
    end)
    t.eq({ task:join() }, { false, "ECANNOTWAIT" })
    a:send("line\n")
    t.eq(b:receive(), "line\n")
    link.close(a, b)
end)

t.test("a finalizer that comes after the end of everything", function()
    local output, status = t.child.run([[
        local late = newproxy(true) -- older than sss: its finalizer comes after the loop's end
        getmetatable(late).__gc = function()
            print(pcall(sss.spawn, print))
            print(pcall(sss.onsignal, "TERM", print))
            print(pcall(sss.socket))
        end
        sss = require "sss"]])
    t.eq(status, 0)
    t.match(output, "^false.*spawn: the program has ended\nfalse.*onsignal: the program has ended\n"
        .. "false%s+socket: Cannot allocate memory\n$")
end)

t.run()
