-- SPDX-License-Identifier: BSD-3-Clause
-- sss.copy: from one stream to another.

local sss = require "sss"
local t = require "harness"
local link = require "link"

-- SIZE bytes, each of which depends on its place.
local function pattern(size)
    local parts = {}
    for i = 1, size / 8 do parts[i] = ("%07d,"):format(i) end
    return table.concat(parts)
end

-- Calls F with two connected pairs: what is written to a comes out at b, and so c and d.
local function over_two(name, f)
    t.task(name, function()
        local a, b = sss.pair()
        local c, d = sss.pair()
        t.after(function() a:close() b:close() c:close() d:close() end)
        f(a, b, c, d)
    end)
end

over_two("everything until the end, and how much it was", function(a, b, c, d)
    local data = pattern(3000000)
    local writer = sss.spawn(function()
        a:send(data)
        a:shutdown("write")
    end)
    local reader = sss.spawn(function() return d:receive("a") end)
    t.eq(sss.copy(b, c), #data)
    c:shutdown("write")
    t.ok(reader:join() == data, "what has arrived")
    writer:join()
end)

over_two("nothing", function(a, b, c)
    a:shutdown("write")
    t.eq(sss.copy(b, c), 0)
end)

over_two("what was unread before goes first", function(a, b, c, d)
    a:send("first\nsecond\nthird")
    t.eq(b:receive("l"), "first")
    a:shutdown("write")
    t.eq(sss.copy(b, c), #"second\nthird")
    t.eq(d:recv(), "second\nthird")
end)

link.over_all("from a socket to itself: an echo", function(a, b)
    local data = pattern(1000000)
    local echo = sss.spawn(sss.copy, b, b)
    local writer = sss.spawn(function() a:send(data) end)
    t.ok(a:receive(#data) == data, "what comes back")
    writer:join()
    a:shutdown("write")
    t.eq(echo:join(), #data)
end)

over_two("a slow reader: nothing is lost", function(a, b, c, d)
    c:setsockopt("sndbuf", 4096)
    local data, got = pattern(400000), {}
    local copy = sss.spawn(sss.copy, b, c)
    local writer = sss.spawn(function()
        a:send(data)
        a:shutdown("write")
    end)
    local size = 0
    while size < #data do
        got[#got + 1] = d:recv(1000 + #got)
        size = size + #got[#got]
        sss.yield()
    end
    t.ok(table.concat(got) == data, "what has arrived")
    t.eq(copy:join(), #data)
    writer:join()
end)

over_two("timeouts of either side tell how much went", function(a, b, c)
    a:send("hello")
    b:settimeout(0.01)
    local bytes, why, sent = sss.copy(b, c)
    t.eq(bytes, nil)
    t.eq(why, "timeout")
    t.eq(sent, 5)
    b:settimeout(nil)
    c:settimeout({ send = 0.01 })
    local writer = sss.spawn(function() return pcall(a.send, a, pattern(8000000)) end)
    bytes, why, sent = sss.copy(b, c)
    t.eq(bytes, nil)
    t.eq(why, "timeout")
    t.ok(sent > 0, "bytes that went: " .. sent)
    b:close()
    writer:join()
end)

over_two("a target that is closed, by this side or the other", function(a, b, c, d)
    local copy = sss.spawn(function() return pcall(sss.copy, b, c) end)
    d:close()
    a:send("x")
    local ok, err = copy:join()
    t.eq(ok, false)
    t.eq(err.code, "EPIPE")
end)

over_two("a target that is closed while the copy waits for input", function(a, b, c, d)
    local copy = sss.spawn(sss.copy, b, c)
    a:send("some")
    t.eq(d:receive(4), "some")
    c:close()
    a:send("more")
    t.eq({ copy:join() }, { nil, "closed", 4 })
end)

over_two("a copy can be cancelled; what came later is still there", function(a, b, c)
    local copy = sss.spawn(sss.copy, b, c)
    sss.yield()
    copy:cancel()
    t.raises("cancelled", copy.join, copy)
    a:send("later")
    t.eq(b:recv(), "later")
end)

t.test("wrong arguments", function()
    local a, b = sss.pair()
    local udp = sss.socket("inet", "dgram")
    t.raises("bad argument #1 to 'copy' %(socket expected, got nil%)", sss.copy)
    t.raises("bad argument #2 to 'copy' %(socket expected, got string%)", sss.copy, a, "b")
    t.raises("bad argument #2 to 'copy' %(stream socket expected%)", sss.copy, a, udp)
    udp:close()
    b:close()
    t.raises("copy: closed socket", sss.copy, a, b)
    a:close()
end)

t.run()
