-- SPDX-License-Identifier: BSD-3-Clause
-- Every function that a script can get at, called with anything: an error perhaps, but never a crash,
-- and what is not its business stays as it was. What the objects are made of is out of reach.

local sss = require "sss"
local t = require "harness"

-- The code of a child: OBJECTS, one of each class, then BODY.
local function code(body)
    return [[
        local sss = require "sss"
        local listener = sss.listen("127.0.0.1:0")
        local objects = {
            socket = sss.socket("inet", "dgram"), listener = listener, pair = (sss.pair()),
            address = listener:getsockname(), server = sss.serve("127.0.0.1:0", type),
            task = sss.spawn(sss.sleep, 0.01), channel = sss.channel(), semaphore = sss.semaphore(1),
            signal = sss.signal("USR1"), stats = sss.stats(),
            error = select(2, pcall(sss.connect, "127.0.0.1:1")),
            closed = sss.socket():close(),
            timeout = select(2, sss.timeout(0, pcall, sss.sleep, 1)),
        }
        local names = {}
        for name in pairs(objects) do names[#names + 1] = name end
        table.sort(names)
    ]] .. body .. [[
        local here, there = sss.pair()
        here:send("whole\n")
        assert(there:receive("l") == "whole")
        assert(sss.timeout(0.001, sss.sleep, 1) == nil)
        assert(sss.gather(function() sss.sleep(0) return 1 end) == 1)
        assert(io.stdout:write("end\n") == io.stdout)
        os.exit(0, true)]]
end

local function runs(body)
    local output, status = t.child.run(code(body), { before = "exec timeout 100" })
    t.match(output, "end\n$")
    t.eq(status, 0, output)
end

-- A function that calls f with much of what there is, in bounded time.
local assault = [[
        local values = {
            0, 1, -1, 0.5, 2 ^ 31, 2 ^ 53, 0 / 0, "", "x", "wait", ("y"):rep(70000), true, {}, {"a"}, type,
            function() sss.sleep(0) end, coroutine.create(type), newproxy(true), newproxy(), io.stderr,
            setmetatable({}, {__index = function() error "on purpose" end}),
            require "ffi".new("int[1]"), sss.AF,
        }
        for _, name in ipairs(names) do
            values[#values + 1] = objects[name]
            local ok, fake = pcall(setmetatable, {}, getmetatable(objects[name]))
            values[#values + 1] = ok and fake or nil
        end
        local seen = {}
        local function attack(f, ...)
            pcall(sss.timeout, 0.0005, f, ...)
            pcall(sss.timeout, 0.0005, coroutine.wrap(f), ...)
        end
        local function assault(f, own)
            if seen[f] then return end
            seen[f] = true
            attack(f)
            for i, value in ipairs(values) do
                attack(f, value)
                attack(f, value, values[(i * 7) % #values + 1], values[(i * 11) % #values + 1])
                if own then
                    attack(f, own, value)
                    attack(f, own, value, values[(i * 7) % #values + 1])
                end
            end
            attack(f, nil, nil, nil, nil)
            collectgarbage("step", 1000)
        end
]]

t.test("each function of sss", function()
    runs(assault .. [[
        local left_out = {workers = true, fromfd = true, inherited = true, onsignal = true}
        for name, f in pairs(sss) do
            if type(f) == "function" and not left_out[name] then assault(f) end
        end
        attack(sss.fromfd)
        for i = 12, #values do attack(sss.fromfd, values[i]) end
    ]])
end)

-- What scripts get at without the library debug, which tells everything.
t.test("each method, called on anything", function()
    runs(assault .. [[
        for _, name in ipairs(names) do
            for _, method in ipairs {"close", "connect", "bind", "listen", "accept", "receive", "recv",
                    "receiveuntil", "lines", "peek", "recvfrom", "send", "sendln", "flush", "sendto",
                    "sendfile", "shutdown", "getsockname", "getpeername", "setsockopt", "getsockopt",
                    "settimeout", "gettimeout", "sendfd", "recvfd", "reuseaddr", "broadcast", "join",
                    "cancel", "stop", "address", "acquire", "release", "with", "wait"} do
                local ok, f = pcall(function() return objects[name][method] end)
                if ok and type(f) == "function" then assault(f, objects[name]) end
            end
        end
    ]])
end)

t.test("each metamethod, called on anything", function()
    runs(assault .. [[
        for _, name in ipairs(names) do
            local meta = debug.getmetatable(objects[name])
            for key, f in pairs(type(meta) == "table" and meta or {}) do
                if type(f) == "function" then assault(f) end
            end
        end
    ]])
end)

t.test("a metatable cannot be had, changed or taken away", function()
    runs [[
        local seen = {}
        for _, name in ipairs(names) do
            local object = objects[name]
            local meta = getmetatable(object)
            if meta and not seen[meta] then
                seen[meta] = true
                assert(meta.__name and not meta.__gc and not meta.__index, name)
                meta.__gc, meta.__index, meta.__tostring = error, error, error
                assert(#tostring(object) > 0)
                assert(not pcall(setmetatable, object, {}), name)
                assert(getmetatable(object) == getmetatable(object))
                assert(getmetatable(setmetatable({}, meta)) ~= meta, name)
            end
        end
        assert(getmetatable(objects.socket) == getmetatable(objects.pair))
        assert(getmetatable(objects.socket) ~= getmetatable(objects.channel))
    ]]
end)

t.test("what a channel, a semaphore and a server are made of is out of reach", function()
    local channel, semaphore = sss.channel(1), sss.semaphore(1)
    local server = sss.serve("127.0.0.1:0", type)
    for _, object in ipairs { channel, semaphore, server } do
        for _, field in ipairs { "senders", "receivers", "waiters", "coming", "going", "count", "taken",
            "limit", "listener", "clients", "room", "task", "handler", "capacity", "closed", "on_end" } do
            t.eq(object[field], nil, field)
        end
        t.eq(pcall(function() object.count = 1 end), false)
        t.eq(pcall(next, object), false)
        t.eq(pcall(pairs, object), false)
        t.eq(pcall(rawset, object, "count", 1), false)
    end
    server:stop()
end)

t.test("a method on the wrong object names what it wants", function()
    local channel, semaphore = sss.channel(1), sss.semaphore(1)
    t.raises("calling 'send' on bad self %(channel expected, got userdata%)$", channel.send, semaphore, 1)
    t.raises("calling 'send' on bad self %(channel expected, got nil%)$", channel.send)
    t.raises("calling 'receive' on bad self %(channel expected, got table%)$", channel.receive, {})
    t.raises("calling 'acquire' on bad self %(semaphore expected, got string%)$", semaphore.acquire, "x")
    local server = sss.serve("127.0.0.1:0", type)
    t.raises("calling 'stop' on bad self %(server expected, got userdata%)$", server.stop, channel)
    t.raises("calling 'stop' on bad self %(server expected, got userdata%)$", server.stop, io.stdout)
    server:stop()
end)

t.test("the module is loaded once, also by a script that empties package.loaded", function()
    local output, status = t.child.run [[
        local sss = require "sss"
        local resume = coroutine.resume
        package.loaded.sss = nil
        assert(require "sss" == sss and coroutine.resume == resume)
        print(sss.gather(function() sss.sleep(0) return 1 end))]]
    t.eq(output, "1\n")
    t.eq(status, 0)
end)

t.run()
