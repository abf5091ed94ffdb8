-- SPDX-License-Identifier: BSD-3-Clause
-- All forms of reading a stream.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local over_all, over_one = link.over_all, link.over_one

local function outcome(...)
    return t.pack(...)
end

local closed = { n = 2, nil, "closed" }

over_all("a line with its newline", function(a, b)
    b:send("first\nsecond\nthird")
    t.eq(a:receive(), "first\n")
    t.eq(a:receive("L"), "second\n")
    b:close()
    t.eq(a:receive(), "third")
    t.eq(outcome(a:receive()), closed)
    t.eq(outcome(a:receive()), closed)
end)

over_all("a line without its end", function(a, b)
    b:send("unix\ndos\r\n\n\r\nmac\rx\r\r\nlast\r")
    b:shutdown("write")
    for _, line in ipairs { "unix", "dos", "", "", "mac\rx\r", "last\r" } do
        t.eq(a:receive("l"), line)
    end
    t.eq(outcome(a:receive("l")), closed)
end)

over_all("exactly n bytes", function(a, b)
    b:send("abcdefghij")
    t.eq(a:receive(1), "a")
    t.eq(a:receive(5), "bcdef")
    b:close()
    t.eq(a:receive(4), "ghij")
    local data, why, rest = a:receive(1)
    t.eq(data, nil)
    t.eq(why, "closed")
    t.eq(rest or "", "")
end)

over_all("fewer than n bytes at the end", function(a, b)
    b:send("abc")
    b:close()
    t.eq(outcome(a:receive(10)), { n = 3, nil, "closed", "abc" })
    t.eq(outcome(a:receive("L")), closed)
end)

over_all("exactly n bytes that come in pieces", function(a, b)
    local writer = sss.spawn(function()
        for i = 1, 50 do
            b:send(("%02d"):format(i))
            sss.yield()
        end
        b:close()
    end)
    local all = a:receive(60) .. a:receive(40)
    t.eq(#all, 100)
    t.eq(all:sub(1, 6), "010203")
    t.eq(all:sub(-4), "4950")
    writer:join()
end)

over_all("everything until the peer closes", function(a, b)
    local data = ("0123456789abcdef"):rep(20000)
    local writer = sss.spawn(function()
        b:send(data)
        b:close()
    end)
    t.ok(a:receive("a") == data, "all of it")
    writer:join()
end)

over_all("everything, when there is nothing", function(a, b)
    b:close()
    t.eq(a:receive("a"), "")
end)

over_all("NUL bytes are data", function(a, b)
    b:send("a\0b\n\0\0\n")
    t.eq(a:receive(), "a\0b\n")
    t.eq(a:receive("l"), "\0\0")
    b:send("\0")
    t.eq(a:recv(), "\0")
    b:send("x\0\0y")
    t.eq(a:receive(4), "x\0\0y")
end)

over_all("all 256 bytes", function(a, b)
    local bytes = {}
    for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
    local all = table.concat(bytes)
    b:send(all)
    b:shutdown("write")
    t.eq(a:receive("a"), all)
end)

over_one("a line that comes byte by byte", function(a, b)
    local writer = sss.spawn(function()
        for c in ("slow line\r\n"):gmatch(".") do
            b:send(c)
            sss.sleep(0.0005) -- lets the reader look at what there is
        end
        b:send("\n")
    end)
    t.eq(a:receive("l"), "slow line")
    t.eq(a:receive("L"), "\n")
    writer:join()
end)

over_one("recv gives what is there, at most n", function(a, b)
    b:send("hello world")
    t.eq(a:recv(5), "hello")
    t.eq(a:recv(), " world")
    b:send(("x"):rep(3000))
    t.eq(#a:recv(), 1024)
    t.eq(#a:recv(4096), 1976)
    b:close()
    t.eq(outcome(a:recv()), closed)
    t.eq(outcome(a:recv(1)), closed)
end)

over_all("recvfrom of a stream tells the peer", function(a, b)
    b:send("one\ntwo")
    local data, from = a:recvfrom(4)
    t.eq(data, "one\n")
    t.eq(from, a:getpeername())
    t.eq(from, b:getsockname())
    t.eq(a:receive(3), "two")
    b:send("three")
    b:close()
    t.eq(a:recvfrom(), "three")
    t.eq(outcome(a:recvfrom()), closed)
end)

over_one("recv gives what a line read has left over", function(a, b)
    b:send("line\nrest")
    t.eq(a:receive(), "line\n")
    t.eq(a:recv(2), "re")
    t.eq(a:recv(100), "st")
end)

over_one("read forms mixed", function(a, b)
    b:send("line one\nabcdefline two\r\nkey=value;tail\nall the rest")
    b:close()
    t.eq(a:receive("L"), "line one\n")
    t.eq(a:receive(6), "abcdef")
    t.eq(a:receive("l"), "line two")
    t.eq(a:receiveuntil("="), "key")
    t.eq(a:receiveuntil(";", { inclusive = true }), "value;")
    t.eq(a:peek(4), "tail")
    t.eq(a:recv(2), "ta")
    t.eq(a:receive(), "il\n")
    t.eq(a:receive("a"), "all the rest")
end)

over_all("receiveuntil", function(a, b)
    b:send("one--two--three")
    b:close()
    t.eq(a:receiveuntil("--"), "one")
    t.eq(a:receiveuntil("--", { inclusive = true }), "two--")
    t.eq(outcome(a:receiveuntil("--")), { n = 3, nil, "closed", "three" })
    t.eq(a:receiveuntil("--"), nil)
end)

over_one("receiveuntil a delimiter that comes in pieces", function(a, b)
    local writer = sss.spawn(function()
        for _, piece in ipairs { "head\r", "\n", "\r", "\r\n", "\r\n", "body" } do
            b:send(piece)
            sss.sleep(0.001) -- lets the reader look at what there is
        end
    end)
    t.eq(a:receiveuntil("\r\n\r\n"), "head\r\n\r")
    writer:join()
    t.eq(a:recv(), "body")
end)

over_one("receiveuntil a delimiter that overlaps itself", function(a, b)
    b:send("aaabaabaab|x")
    t.eq(a:receiveuntil("aabaab"), "a")
    t.eq(a:receiveuntil("|"), "aab")
end)

over_one("receiveuntil a delimiter with NUL bytes", function(a, b)
    b:send("one\0\0two\0\0")
    t.eq(a:receiveuntil("\0\0"), "one")
    t.eq(a:receiveuntil("\0\0"), "two")
end)

over_one("receiveuntil refuses an empty delimiter and unknown options", function(a)
    t.raises("bad argument #1 to 'receiveuntil'", a.receiveuntil, a, "")
    t.raises("bad argument #2 to 'receiveuntil'", a.receiveuntil, a, "x", { inclusve = true })
end)

over_one("lines iterates to the end", function(a, b)
    b:send("one\ntwo\r\nthree")
    b:close()
    local found = {}
    for line in a:lines("l") do found[#found + 1] = line end
    t.eq(found, { "one", "two", "three" })
end)

over_one("lines of a form", function(a, b)
    b:send("one\ntwo\n")
    b:close()
    local found = {}
    for line in a:lines("L") do found[#found + 1] = line end
    t.eq(found, { "one\n", "two\n" })
end)

over_one("lines of blocks", function(a, b)
    b:send("aabbcc")
    b:close()
    local found = {}
    for block in a:lines(2) do found[#found + 1] = block end
    t.eq(found, { "aa", "bb", "cc" })
end)

over_one("peek takes nothing", function(a, b)
    b:send("hello\n")
    t.eq(a:peek(3), "hel")
    t.eq(a:peek(6), "hello\n")
    t.eq(a:peek(3), "hel")
    t.eq(a:receive(), "hello\n")
    b:close()
    t.eq(a:peek(1), nil)
end)

over_one("a line longer than its limit", function(a, b)
    b:send("0123456789\nnext\n")
    local err = t.raises("EMSGSIZE", a.receive, a, "L", 5)
    t.ok(err.errno > 0, "errno")
    t.eq(a:receive("L"), "0123456789\n")
    t.eq(a:receive("l", 4), "next")
end)

over_one("the limit counts what is returned", function(a, b)
    b:send("hello\r\nhello\r\nab;")
    t.eq(a:receive("l", 5), "hello")
    t.raises("EMSGSIZE", a.receive, a, "L", 6)
    t.eq(a:receive("L", 7), "hello\r\n")
    t.raises("EMSGSIZE", a.receiveuntil, a, ";", { limit = 1 })
    t.eq(a:receiveuntil(";", { limit = 2 }), "ab")
end)

over_one("a limit on everything", function(a, b)
    b:send(("x"):rep(1000))
    b:close()
    t.raises("EMSGSIZE", a.receive, a, "a", 999)
    t.eq(#a:receive("a", 1000), 1000)
end)

over_one("the default limit of a line is 1 MiB", function(a, b)
    local longest = ("x"):rep(2 ^ 20 - 1) .. "\n"
    local writer = sss.spawn(function()
        b:send(longest)
        b:send(longest:sub(1, -2) .. "xx")
        b:close()
    end)
    t.ok(a:receive() == longest, "1 MiB with its newline")
    t.raises("EMSGSIZE", a.receive, a)
    t.eq(#a:receive(2 ^ 20), 2 ^ 20)
    writer:join()
end)

over_one("a block larger than every buffer", function(a, b)
    local data = ("0123456789abcdef"):rep(2 ^ 18)
    local writer = sss.spawn(function() b:send(data) end)
    t.ok(a:receive(#data) == data, "4 MiB")
    writer:join()
end)

over_one("many sockets with input left over keep their own", function()
    local pairs_of = {}
    for i = 1, 20 do
        local a, b = sss.pair()
        b:send(("line %d\nrest %d"):format(i, i))
        pairs_of[i] = { a, b }
        t.eq(a:receive(), "line " .. i .. "\n")
    end
    for i = 20, 1, -1 do
        local a, b = pairs_of[i][1], pairs_of[i][2]
        b:close()
        t.eq(a:receive("a"), "rest " .. i)
        a:close()
    end
end)

over_one("what to read is checked", function(a)
    for _, what in ipairs { "x", "", "LL", "**l", -1, 1.5, 2 ^ 60, true, {} } do
        t.raises("bad argument #1 to 'receive'", a.receive, a, what)
    end
    t.raises("bad argument #2 to 'receive'", a.receive, a, "L", 0)
    t.raises("bad argument #2 to 'receive'", a.receive, a, "L", "many")
    t.raises("bad argument #1 to 'recv'", a.recv, a, 0)
    t.raises("bad argument #1 to 'recv'", a.recv, a, -1)
    t.raises("bad argument #1 to 'peek'", a.peek, a, -1)
end)

t.run()
