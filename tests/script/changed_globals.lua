-- SPDX-License-Identifier: BSD-3-Clause
-- What a script does with the globals and the base libraries is its own affair: each function in
-- turn is removed, or replaced by one that fails, and the runtime works as before.

local t = require "harness"

-- CHANGE(table, name) is made for each function of the base libraries. WHEN: before the module is
-- loaded, in a program for each; else in one program, one after the other.
local code = [[
    local unpack, pcall, error, type, pairs, next, tostring = unpack, pcall, error, type, pairs, next, tostring
    local assert, print, exit, rawset, getfenv = assert, print, os.exit, rawset, getfenv
    local wrap, write, collect = coroutine.wrap, io.write, collectgarbage
    local load_sss = require
    local sss
    local function fail() error("a function of the script's", 2) end
    local how = arg[1]
    local replacement = how == "replace" and fail or nil

    local function conversation()
        local server = sss.serve("127.0.0.1:0", function(client, address)
            assert(address.port > 0)
            for line in client:lines("L") do
                if line == "fail\n" then error({}) end
                client:send(line)
            end
        end)
        local client = sss.connect(server:address(), {timeout = 20})
        client:settimeout(20):send("hello\n")
        assert(client:receive("L") == "hello\n")
        client:send({"a", "b", "\n"})
        client:sendln("c")
        assert(client:receiveuntil("\n") == "ab" and client:receive("l") == "c")
        client:close()
        server:stop()
    end

    local function body()
        local a, b = sss.gather(function() sss.sleep(0.001) return 1 end, function() return 2 end)
        assert(a == 1 and b == 2)
        assert(sss.race(function() return "x" end) == 1)
        assert(sss.timeout(0.001, sss.sleep, 1) == nil)
        local here, there = sss.pair()
        here:send("hello\nrest")
        assert(there:receive("l") == "hello" and there:peek(4) == "rest" and there:receive(4) == "rest")
        here:close()
        assert(there:receive() == nil)
        local channel = sss.channel(1)
        local task = sss.spawn(function() return channel:receive() end)
        channel:send(5)
        assert(task:join() == 5)
        sss.semaphore(1):with(function() end)
        assert(wrap(function() sss.sleep(0) return 3 end)() == 3)
        assert(sss.resolve("127.0.0.1", 80)[1].port == 80)
        local deaf = sss.socket("inet"):bind("127.0.0.1:0")
        assert(not pcall(sss.channel, -1) and not pcall(sss.connect, deaf:getsockname()))
        assert(not pcall(sss.serve, "127.0.0.1:0", type, {what = 1}))
        assert(not pcall(here.send, here, "x"))
        local udp = sss.listen("127.0.0.1:0", {type = "dgram"})
        sss.socket("inet", "dgram"):sendto("datagram", udp:getsockname())
        assert(udp:recvfrom() == "datagram")
    end
]]

local changed = [[
    local libraries = {_G = _G, string = string, table = table, math = math, coroutine = coroutine,
        os = os, io = io, debug = debug, package = package, bit = bit, jit = jit}
    local function try(what, library, name)
        local original = library[name]
        rawset(library, name, replacement)
        local ok, why = pcall(body)
        rawset(library, name, original)
        if not ok then print(what, name, tostring(why)) end
        return ok
    end
    local bad = 0
    for what, library in next, libraries do
        local names = {}
        for name, value in next, library do
            if type(value) == "function" then names[#names + 1] = name end
        end
        for i = 1, #names do
            if not try(what, library, names[i]) then bad = bad + 1 end
        end
    end
    print(bad)
    exit(0)
]]

for _, how in ipairs { "remove", "replace" } do
    t.test(how .. " each function of the base libraries", function()
        local output, status = t.child.run(code .. "sss = load_sss 'sss'\nbody() conversation()\n" .. changed,
            { before = "exec timeout 300", args = how })
        t.eq(output, "0\n")
        t.eq(status, 0)
    end)

    t.test(how .. " all of them, before the module is loaded", function()
        local output, status = t.child.run(code .. [[
            for _, library in next, {_G, string, table, math, coroutine, os, io, debug} do
                for name, value in next, library do
                    if type(value) == "function" then rawset(library, name, replacement) end
                end
            end
            sss = load_sss "sss"
            body() conversation()
            write "fine\n" -- print() calls the global tostring
            exit(0)]], { before = "exec timeout 100", args = how })
        t.eq(output, "fine\n")
        t.eq(status, 0)
    end)
end

t.test("failures of tasks and clients are told all the same", function()
    local output, status = t.child.run [[
        local sss = require "sss"
        local error, exit, type, next, rawset, os_exit = error, os.exit, type, next, rawset, os.exit
        for _, library in next, {_G, string, table, io, debug, coroutine} do
            for name, value in next, library do
                if type(value) == "function" then rawset(library, name, nil) end
            end
        end
        io.stderr, io.stdout = nil, nil
        local server = sss.serve("127.0.0.1:0", function(client) error("told of the client") end)
        local client = sss.connect(server:address())
        client:receive("a")
        server:stop()
        sss.spawn(function() error("told of the task") end)]]
    t.match(output, "told of the client")
    t.match(output, "told of the task")
    t.eq(status, 1)
end)

t.run()
