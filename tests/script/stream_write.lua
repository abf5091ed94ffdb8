-- SPDX-License-Identifier: BSD-3-Clause
-- All forms of writing to a stream.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local over_all, over_one = link.over_all, link.over_one

over_all("send returns the number of bytes, all of them", function(a, b)
    t.eq(a:send("hello"), 5)
    t.eq(a:send(""), 0)
    t.eq(a:send("\0\0\0"), 3)
    t.eq(b:receive(8), "hello\0\0\0")
end)

over_all("a send larger than every buffer", function(a, b)
    local data = ("0123456789abcdef"):rep(2 ^ 18)
    local reader = sss.spawn(function() return b:receive(#data) end)
    t.eq(a:send(data), #data)
    t.ok(reader:join() == data, "what has arrived")
end)

over_all("an array is sent as one", function(a, b)
    t.eq(a:send { "a", "", "bc", "\0", "def\n" }, 8)
    t.eq(b:receive(8), "abc\0def\n")
    t.eq(a:send {}, 0)
    t.eq(a:send { "" }, 0)
end)

over_all("a large array", function(a, b)
    local parts, total = {}, 0
    for i = 1, 3000 do
        parts[i] = ("%d,"):format(i):rep(20)
        total = total + #parts[i]
    end
    local reader = sss.spawn(function() return b:receive(total) end)
    t.eq(a:send(parts), total)
    t.ok(reader:join() == table.concat(parts), "what has arrived")
end)

over_one("an array of large strings", function(a, b)
    local parts = {}
    for i = 1, 5 do parts[i] = string.char(64 + i):rep(300000 + i) end
    local reader = sss.spawn(function() return b:receive(1500015) end)
    t.eq(a:send(parts), 1500015)
    t.ok(reader:join() == table.concat(parts), "what has arrived")
end)

over_one("data is a string or an array of strings", function(a, b)
    for _, data in ipairs { true, print, { "a", {} }, { "a", true }, { false } } do
        t.raises("bad argument #1 to 'send'", a.send, a, data)
    end
    t.raises("bad argument #1 to 'send'", a.send, a)
    a:send("clean\n")
    t.eq(b:receive(), "clean\n")
end)

over_one("sendln adds the end of a line", function(a, b)
    a:sendln("GET / HTTP/1.0")
    a:sendln("")
    t.eq(b:receive("L"), "GET / HTTP/1.0\r\n")
    t.eq(b:receive("l"), "")
end)

over_one("writes keep their order", function(a, b)
    local wanted = {}
    local reader = sss.spawn(function() return b:receive("a") end)
    for i = 1, 500 do
        wanted[i] = i .. "\n"
        if i % 3 == 0 then a:send { tostring(i), "\n" } else a:send(wanted[i]) end
    end
    a:shutdown("write")
    t.eq(reader:join(), table.concat(wanted))
end)

over_all("a send that times out says how many bytes went", function(a, b)
    local data = ("0123456789abcdef"):rep(2 ^ 20)
    a:settimeout(0.05)
    local done, why, sent = a:send(data)
    t.eq(done, nil)
    t.eq(why, "timeout")
    t.ok(sent > 0 and sent < #data, "sent " .. tostring(sent))
    t.ok(b:receive(sent) == data:sub(1, sent), "what has arrived")
    b:settimeout(0)
    t.eq(t.pack(b:recv()), { n = 2, nil, "timeout" })
end)

over_one("an array that times out says how many bytes went", function(a, b)
    local parts = {}
    for i = 1, 2000 do parts[i] = ("%07d\n"):format(i):rep(500) end
    a:settimeout(0.05)
    local done, why, sent = a:send(parts)
    t.eq(done, nil)
    t.eq(why, "timeout")
    t.ok(b:receive(sent) == table.concat(parts):sub(1, sent), "what has arrived")
end)

over_all("a send to a closed peer raises and does not kill", function(a, b)
    b:close()
    local err = t.raises("", function()
        for _ = 1, 100 do
            a:send(("x"):rep(1000))
            sss.yield()
        end
    end)
    t.ok(err.code == "EPIPE" or err.code == "ECONNRESET", err.code)
    t.eq(err.op, "send")
end)

over_one("a send after shutdown raises", function(a)
    a:shutdown("write")
    t.raises("EPIPE", a.send, a, "x")
end)

over_one("shutdown of either way", function(a, b)
    a:shutdown("write")
    t.eq(b:receive("L"), nil)
    b:send("still\n")
    t.eq(a:receive(), "still\n")
    t.raises("bad argument #1 to 'shutdown'", a.shutdown, a, "wriet")
    t.raises("bad argument #1 to 'shutdown'", a.shutdown, a, {})
    b:shutdown()
    t.eq(t.pack(a:receive()), { n = 2, nil, "closed" })
end)

-- After this, b holds back what it sends: the peer's second line is still unread.
local function make_hold(a, b)
    a:send("one\ntwo\n")
    t.eq(b:receive(), "one\n")
end

over_all("held output goes out when the task waits", function(a, b)
    make_hold(a, b)
    b:send("answer\n")
    t.eq(a:receive(), "answer\n")
end)

over_all("held output goes out when the input is used up", function(a, b)
    make_hold(a, b)
    b:send("answer 1\n")
    b:receive()
    b:send("answer 2\n")
    t.eq(a:receive(), "answer 1\n")
    t.eq(a:receive(), "answer 2\n")
end)

over_all("held output goes out at close", function(a, b)
    make_hold(a, b)
    b:send("answer\n")
    b:close()
    t.eq(a:receive(), "answer\n")
end)

over_all("held output goes out at shutdown", function(a, b)
    make_hold(a, b)
    b:send("answer\n")
    b:shutdown("write")
    t.eq(a:receive("a"), "answer\n")
end)

over_all("held output goes out by flush", function(a, b)
    make_hold(a, b)
    b:send("answer\n")
    b:flush()
    t.eq(a:receive(), "answer\n")
end)

over_all("held output keeps its order with a large send", function(a, b)
    make_hold(a, b)
    local large = ("x"):rep(500000)
    local reader = sss.spawn(function() return a:receive(500014) end)
    b:send("answer\n")
    b:send(large)
    b:send { "an", "swer", "\n" }
    b:flush()
    t.ok(reader:join() == "answer\n" .. large .. "answer\n", "the order")
end)

over_one("much held output goes out by itself", function(a, b)
    make_hold(a, b)
    local reader = sss.spawn(function() return a:receive(200000) end)
    for _ = 1, 200 do b:send(("y"):rep(1000)) end
    t.eq(#reader:join(), 200000)
end)

over_one("a held failure surfaces at a later call", function(a, b)
    make_hold(a, b)
    a:close()
    t.raises("EPIPE", function()
        b:send("answer\n")
        for _ = 1, 3 do
            b:flush()
            b:send("more\n")
        end
    end)
end)

local ends = {
    ["when the script ends"] = "",
    ["at os.exit"] = "os.exit(0)",
    ["at os.exit in a task"] = "sss.spawn(function() os.exit(0) end)",
    ["at an error"] = "error('stop')",
    ["when a task ends"] = "sss.spawn(function() s:receive() s:send('task\\n') end):join()",
}

for name, last in pairs(ends) do
    t.task("held output goes out " .. name, function()
        local listener, address = link.listen()
        local child = t.child.start(([[
            local sss = require "sss"
            s = sss.connect(%q)
            s:receive()
            s:send("answer\n")
            %s]]):format(tostring(address), last))
        local client = listener:accept()
        client:send("one\ntwo\nthree\n")
        t.eq(client:receive(), "answer\n")
        client:close()
        listener:close()
        child:rest()
    end)
end

over_all("sendfile of a path", function(a, b)
    local path = t.write_file(("0123456789"):rep(50000))
    local reader = sss.spawn(function() return b:receive(500000 + 10 + 499995) end)
    t.eq(a:sendfile(path), 500000)
    t.eq(a:sendfile(path, 3, 10), 10)
    t.eq(a:sendfile(path, 5), 499995)
    local all = reader:join()
    t.eq(all:sub(500001, 500010), "3456789012")
    t.eq(all:sub(-3), "789")
end)

over_all("held output goes out before a file", function(a, b)
    local path = t.write_file "file\n"
    make_hold(a, b)
    b:send("answer\n")
    b:sendfile(path)
    b:send("end\n")
    b:close()
    t.eq(a:receive("a"), "answer\nfile\nend\n")
end)

over_all("held output of a dropped socket goes out", function()
    local a, b = sss.pair()
    local function drop(one, other)
        make_hold(one, other)
        other:send("answer\n")
    end
    drop(a, b)
    b = nil
    collectgarbage()
    collectgarbage()
    t.eq(a:receive(), "answer\n")
    a:close()
    return b
end)

over_one("what is being sent may change and be dropped meanwhile", function(a, b)
    local parts, wanted = {}, {}
    for i = 1, 300 do
        parts[i] = ("%d "):format(i):rep(1000)
        wanted[i] = parts[i]
    end
    local writer = sss.spawn(function() return a:send(parts) end)
    sss.yield()
    for i = 1, 300 do parts[i] = "changed" end
    wanted = table.concat(wanted)
    for _ = 1, 3 do collectgarbage() end
    t.ok(b:receive(#wanted) == wanted, "what has arrived")
    t.eq(writer:join(), #wanted)
end)

over_one("sendfile of an open file", function(a, b)
    local path = t.tempname()
    local file = assert(io.open(path, "w+"))
    file:write("file contents")
    file:flush()
    t.eq(a:sendfile(file, 0), 13)
    t.eq(b:receive(13), "file contents")
    file:close()
    t.raises("bad argument #1 to 'sendfile'", a.sendfile, a, file)
end)

over_one("sendfile of what is not there", function(a)
    local err = t.raises("ENOENT", a.sendfile, a, "/nonexistent/file")
    t.match(tostring(err), "/nonexistent/file")
    t.raises("bad argument #1 to 'sendfile'", a.sendfile, a, {})
    t.raises("bad argument #2 to 'sendfile'", a.sendfile, a, "/dev/null", -1)
    t.raises("bad argument #3 to 'sendfile'", a.sendfile, a, "/dev/null", 0, -1)
end)

t.run()
