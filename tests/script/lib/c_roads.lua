-- SPDX-License-Identifier: BSD-3-Clause
-- The roads on which Lua code calls itself through C, and what C does for itself level by level.

local roads = {}

local count = 0

-- A road: step(again, n) calls again() through C. It takes so many calls of Lua by C, 1 by default;
-- 0: none, or nobody knows.
local function add(name, step, calls)
    local road = { name = name, step = step, calls = calls ~= 0 and (calls or 1) or nil }
    -- How deep it went, and with what error it ended.
    function road.endless()
        local depth = 0
        local function down()
            depth = depth + 1
            return step(down, depth)
        end
        local ok, err = pcall(down)
        assert(not ok, name .. " ends by an error")
        return depth, tostring(err)
    end
    roads[#roads + 1] = road
end

local function object(event, again)
    return setmetatable({}, { [event] = function() return again() end })
end

add("string.gsub", function(again) ("x"):gsub(".", again) end)
add("string.gsub of a table", function(again) ("x"):gsub(".", object("__index", again)) end)
add("string.gsub, brackets in brackets", function(again)
    return (("(x)"):gsub("%b()", function(inner) return again(inner:sub(2, -2)) end))
end)
add("string.format", function(again) (("%s")):format(object("__tostring", again)) end)
add("print", function(again) print(object("__tostring", again)) end, 2)
add("table.sort", function(again) table.sort({ 1, 2 }, function() again() end) end)
add("table.sort by __lt", function(again)
    local meta = { __lt = function() again() end }
    table.sort { setmetatable({}, meta), setmetatable({}, meta) }
end)
add("the reader of load", function(again)
    local results = { pcall(load, function() again() end) }
    if not results[1] or not results[2] then error(results[3] or results[2], 0) end
end)
add("require", function(again)
    count = count + 1
    local name = "c_roads." .. count
    package.preload[name] = function() again() end
    local ok, err = pcall(require, name)
    package.preload[name], package.loaded[name] = nil, nil
    if not ok then error(err, 0) end
end, 0) -- in a task it is Lua code
add("coroutine.wrap", function(again) coroutine.wrap(again)() end)
add("coroutine.resume", function(again) assert(coroutine.resume(coroutine.create(again))) end)
add("coroutine.wrap in pcall", function(again)
    local ok, err = pcall(coroutine.wrap(again))
    if not ok then error(err, 0) end
end)
add("a metamethod that C calls", function(again)
    require "sss".tocaddress(object("__index", again))
end)
add("sss.timeout", function(again)
    require "sss".timeout(100, function() ("x"):gsub(".", again) end)
end)
add("several by turns", function(again, n)
    if n % 3 == 0 then
        ("x"):gsub(".", again)
    elseif n % 3 == 1 then
        coroutine.wrap(again)()
    else
        table.sort({ 1, 2 }, function() again() end)
    end
end)

-- In the VM alone: the Lua stack ends.
add("table.foreachi", function(again) table.foreachi({ 1 }, function() again() end) end, 0)
add("pcall", function(again)
    local ok, err = pcall(again)
    if not ok then error(err, 0) end
end, 0)
for _, event in ipairs { "__index", "__tostring", "__call", "__len", "__unm" } do
    local uses = {
        __index = function(o) return o.x end,
        __tostring = tostring,
        __call = function(o) return o() end,
        __len = function(o) return #o end,
        __unm = function(o) return -o end,
    }
    add(event, function(again) return (uses[event](object(event, again))) end, 0)
end
for _, event in ipairs { "__concat", "__eq", "__lt", "__add", "__newindex" } do
    local uses = {
        __concat = function(a, b) return a .. b end,
        __eq = function(a, b) return a == b end,
        __lt = function(a, b) return a < b end,
        __add = function(a, b) return a + b end,
        __newindex = function(a) a.x = 1 end,
    }
    add(event, function(again)
        local meta = { [event] = function() return (again()) end }
        return (uses[event](setmetatable({}, meta), setmetatable({}, meta)))
    end, 0)
end

-- What is not one function that calls itself.
local function special(name, f, message)
    roads[#roads + 1] = {
        name = name,
        message = message,
        endless = function()
            local results = { pcall(f) }
            local err = results[1] and results[3] or not results[1] and results[2]
            return 0, tostring(err)
        end,
    }
end

special("a message handler that fails", function()
    local function handler() return xpcall(error, handler) end
    return select(2, xpcall(error, function() error("again") end)), "error in error handling"
end, "error in error handling")
special("a message handler in a message handler", function()
    local function handler()
        local ok, err = coroutine.resume(coroutine.create(function() return xpcall(error, handler) end))
        return ok and "end" or err
    end
    xpcall(error, handler)
    return true, "ended"
end, "ended")
special("finalizers within each other", function()
    local depth = 0
    local function finalizer()
        depth = depth + 1
        if depth > 150 then return end
        getmetatable(newproxy(true)).__gc = finalizer
        collectgarbage()
    end
    finalizer()
    return true, "ended"
end, "ended")

local many = 100000
for _, text in ipairs { "(", "{", "x=(", "return function() ", "do ", "x=x and not ", "- ",
    "if x then ", "f(function() ", "x[x", "a.b:c(x.y[", "while x do local function f() " } do
    special(("load of %q and so on"):format(text), function()
        return load(text:rep(many))
    end, ":%d+: ")
    special(("load of x=%q and so on"):format(text), function()
        return load("x=" .. text:rep(many) .. "1")
    end, ":%d+: ")
end
special("load of a long concatenation", function()
    return load("x=" .. ("x.."):rep(many) .. "x")
end, ":%d+: ")
special("a pattern of brackets", function() return ("x"):find(("("):rep(many)) end, "too many")
special("a pattern of options", function()
    return ("x"):rep(many):find(("x?"):rep(many) .. "y")
end, "pattern too complex")

for _, text in ipairs { "int (*", "struct { ", "int a[(", "int f(int (*)(", "int a[1?1:", "int a[-",
    "union { struct { int x; }; " } do
    special(("ffi.cdef of %q and so on"):format(text), function()
        require "ffi".cdef(text:rep(many))
    end, "c_roads.lua:%d+: ")
end
special("ffi.new of tables in tables", function()
    local ffi = require "ffi"
    local text, value = { "typedef int c_roads_0;" }, 1
    if not pcall(ffi.typeof, "c_roads_3000") then
        for i = 1, 3000 do
            text[#text + 1] = ("typedef struct { c_roads_%d x; } c_roads_%d;"):format(i - 1, i)
        end
        ffi.cdef(table.concat(text))
    end
    for _ = 1, 3000 do value = { value } end
    ffi.new("c_roads_3000", value)
    return true, "ended"
end, "e[nr]")
special("a C function that calls back", function()
    local ffi = require "ffi"
    pcall(ffi.cdef, "void qsort(void *, size_t, size_t, int (*)(const void *, const void *));")
    local numbers, callback, err = ffi.new("int[2]", 2, 1), nil, nil
    local function down()
        local ok, problem = pcall(ffi.C.qsort, numbers, 2, 4, callback)
        err = err or not ok and problem
    end
    callback = ffi.cast("int (*)(const void *, const void *)", function()
        if not err then down() end
        return 0
    end)
    down()
    callback:free()
    return nil, err
end, "C stack overflow")

return roads
