-- SPDX-License-Identifier: BSD-3-Clause
-- Recursion through C functions is an error that pcall catches, on every road and in every place.

local sss = require "sss"
local t = require "harness"
local roads = require "c_roads"

local function in_coroutine(f)
    return coroutine.wrap(function() return f() end)()
end

local function in_gsub(f)
    local result
    ("x"):gsub(".", function() result = f() end)
    return result
end

local function in_hook(f)
    local result
    debug.sethook(function()
        debug.sethook()
        result = f()
    end, "", 1)
    debug.sethook()
    return result
end

local function in_reader(f)
    local result
    load(function() result = result or f() end)
    return result
end

local function in_finalizer(f)
    local result
    getmetatable(newproxy(true)).__gc = function() result = f() end
    for _ = 1, 10 do
        if not result then collectgarbage() end
    end
    return result
end

local function in_handler(f)
    return select(2, xpcall(error, function() return f() end))
end

local function in_metamethod(f)
    return setmetatable({}, { __index = function() return f() end }).x
end

local places = {
    { "", function(f) return f() end },
    { " in a coroutine", in_coroutine },
    { " in a callback", in_gsub },
    { " in a debug hook", in_hook },
    { " in the reader of load", in_reader },
    { " in a finalizer", in_finalizer },
    { " in a message handler", in_handler },
    { " in a metamethod", in_metamethod },
}

for _, road in ipairs(roads) do
    t.task(road.name, function()
        for _, place in ipairs(places) do
            local name, within = unpack(place)
            for _ = 1, 2 do -- the second time nothing of the first is left
                local result = within(function() return { road.endless() } end)
                t.ok(result, "the result" .. name)
                local depth, err = unpack(result)
                if name ~= " in a message handler" or err ~= "error in error handling" then
                    t.match(err, road.message or "stack overflow", "the error" .. name)
                end
                if road.calls then
                    t.ok(depth >= 180 / road.calls and depth <= 200, "the depth" .. name .. ", " .. depth .. ",")
                end
            end
        end
    end)
end

t.task("150 calls within each other are fine", function()
    for _, road in ipairs(roads) do
        if road.calls == 1 then
            local depth = 0
            local function down()
                depth = depth + 1
                if depth < 150 then road.step(down, depth) end
            end
            local ok, err = pcall(down)
            t.ok(depth >= 150, road.name)
            t.ok(ok or not tostring(err):find("overflow"), err)
        end
    end
end)

-- Levels that errors have ended do not count.
t.task("a thousand errors in callbacks, at several depths", function()
    local function fails(n)
        return function()
            if n > 0 then pcall(string.gsub, "x", ".", fails(n - 1)) end
            error("on purpose")
        end
    end
    for i = 1, 1000 do
        pcall(string.gsub, "x", ".", fails(i % 7))
        pcall(table.sort, { 1, 2 }, fails(i % 5))
        pcall(coroutine.wrap(fails(i % 3)))
    end
    local depth = 0
    local function down()
        depth = depth + 1
        pcall(string.format, "%s", setmetatable({}, { __tostring = error }))
        if depth < 190 then ("x"):gsub(".", down) end
    end
    down()
    t.eq(depth, 190)
end)

t.task("a coroutine that is refused for want of room can be resumed later", function()
    local co = coroutine.create(function(a, b)
        local c, d = coroutine.yield(a, b)
        return c, d, "end"
    end)
    local refused
    -- The innermost call has room for no more: it cannot resume one.
    local function fill(n)
        if n == 0 then
            refused = refused or { coroutine.resume(co, 1, 2, 3) }
            return
        end
        local ok, err = pcall(string.gsub, "x", ".", function() fill(n - 1) end)
        if not ok then error(err, 0) end
    end
    for room = 150, 210 do
        refused = nil
        pcall(fill, room)
        if refused and not refused[1] then break end
        if refused then co = coroutine.create(function(a, b) return coroutine.yield(a, b), "end" end) end
    end
    t.ok(refused, "a place without room")
    t.eq(refused[1], false)
    t.match(refused[2], "C stack overflow")
    t.eq(coroutine.status(co), "suspended")
    t.eq(t.pack(coroutine.resume(co, 1, 2, 3)), { n = 3, true, 1, 2 })
end)

t.test("a task has calls of its own, wherever the main script waits", function()
    local depth, got = 0, nil
    local function down()
        depth = depth + 1
        if depth < 150 then return ("x"):gsub(".", down) end
        got = sss.spawn(function()
            local inner = 0
            local function deeper()
                inner = inner + 1
                if inner < 150 then ("x"):gsub(".", deeper) end
            end
            deeper()
            return inner
        end):join()
    end
    down()
    t.eq(got, 150)
end)

t.test("the message handler of the error has room", function()
    local function down() return ("x"):gsub(".", down) end
    local ok, text = xpcall(down, debug.traceback)
    t.eq(ok, false)
    t.match(text, "C stack overflow\nstack traceback:\n")
    ok, text = xpcall(down, function(err)
        return (("<%s>"):gsub("%%s", function() return tostring(err) end))
    end)
    t.eq(ok, false)
    t.match(text, "^<.*C stack overflow>$")
end)

t.test("an uncaught one ends the program as every error does", function()
    local output, status = t.child.run [[
        local function down() return (("x"):gsub(".", down)) end
        down()]]
    t.eq(status, 1)
    t.match(output, "^sssrun: [^\n]*:1: C stack overflow\nstack traceback:\n")
    output, status = t.child.run [[
        local sss = require "sss"
        local function down() return (coroutine.wrap(down)()) end
        sss.spawn(down)]]
    t.eq(status, 1)
    t.match(output, "^sssrun: task 1 failed: [^\n]*C stack overflow\n")
end)

-- The roads, in a process that has a stack of so many KiB.
local function small(kb)
    t.test(("a stack of %d KiB"):format(kb), function()
        if t.sanitized then t.skip("a sanitizer's frames are much larger") end
        t.not_emulated("the stack is the emulator's")
        local output, status = t.child.run([[
            package.path = arg[1] .. ";" .. package.path
            local roads = require "c_roads"
            local sss = require "sss"
            local function all()
                for _, road in ipairs(roads) do
                    local _, err = road.endless()
                    err = tostring(err)
                    assert(err:find(road.message or "stack overflow"), road.name .. ": " .. err)
                end
            end
            all()
            sss.spawn(all):join()
            coroutine.wrap(all)()
            for _, road in ipairs(roads) do -- and where nothing is left
                local function down()
                    if not pcall(string.gsub, "x", ".", down) then road.endless() end
                end
                down()
            end
            print "alive"]], { before = ("ulimit -s %d; exec"):format(kb),
            args = ("'%s'"):format(package.path) })
        t.match(output, "alive\n$")
        t.eq(status, 0)
    end)
end

small(4096)
small(1024)
small(512)
small(256)

t.run()
