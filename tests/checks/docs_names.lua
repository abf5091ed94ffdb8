-- SPDX-License-Identifier: BSD-3-Clause
-- Every function, method and field of `sss` is in lua/meta/sss.lua, and the other way round.

local sss = require "sss"
local report = require "docs_report"
local meta = require "docs_meta"
local check = report.check

local functions, fields = meta.read(report.read(arg[1] .. "/lua/meta/sss.lua"))

local function failure_of(f, ...)
    return select(2, pcall(f, ...))
end

local mute = sss.pair():shutdown("write")

-- One object of each class at least, so that each field is there in one of them.
local tcp = sss.listen("127.0.0.1:0")
local server = sss.serve(tcp, function() end)
local objects = {
    socket = {tcp},
    address = {tcp:getsockname(), sss.tocaddress("unix:/x"), sss.tocaddress("[fe80::1%lo]:1")},
    server = {server},
    task = {sss.spawn(function() end)},
    channel = {sss.channel()},
    semaphore = {sss.semaphore(1)},
    signal = {sss.signal("USR1")},
    statistics = {sss.stats()},
    calls = {sss.stats().calls},
    error = {failure_of(sss.connect, "unix:/nonexistent/socket"), failure_of(mute.send, mute, "x")},
}

-- The table in which the methods of an object are: its metatable's __index, or, when that is a
-- function because there are computed fields, the table that this function refers to.
local function methods_of(object)
    local index = debug.getmetatable(object).__index
    local at = 1
    while type(index) == "function" do
        local name, value = debug.getupvalue(index, at)
        if not name then break end
        if type(value) == "table" then index = value end
        at = at + 1
    end
    return index
end

local function functions_in(t)
    local found = {}
    for name, value in pairs(t) do
        if type(value) == "function" and not tostring(name):find("^__") then found[name] = true end
    end
    return found
end

local function compare(what, real, documented)
    for name in pairs(real) do
        check(what .. name .. " is documented", documented[name], "not in lua/meta/sss.lua")
    end
    for name in pairs(documented) do
        check(what .. name .. " exists", real[name], "only in lua/meta/sss.lua")
    end
end

local function others_in(t)
    local found = {}
    for name, value in pairs(t) do
        if type(value) ~= "function" then found[name] = true end
    end
    return found
end

local function field_exists(class, name)
    for _, object in ipairs(objects[class]) do
        if object[name] ~= nil then return true end
    end
end

compare("sss.", functions_in(sss), functions.sss)
compare("sss.", others_in(sss), fields.sss)
for class in pairs(objects) do
    if functions[class] then
        local methods = methods_of(objects[class][1])
        if check(class .. " has a table of methods", type(methods) == "table") then
            compare(class .. ":", functions_in(methods), functions[class])
        end
    end
    for name in pairs(fields["sss." .. class] or {}) do
        check(class .. "." .. name .. " exists", field_exists(class, name), "no such field")
    end
end

-- What is written about each function.
local program = arg[-1]
for class, list in pairs(functions) do
    for name, f in pairs(list) do
        local topic = class .. (class == "sss" and "." or ":") .. name
        local sentence = ((f.first or "") .. " "):match("^(%u.-%.) ")
        check(topic .. " begins with a short sentence", sentence and #sentence <= 72, f.first)
        check(topic .. " names its parameters", f.params == f.documented, f.documented)
        local text, status = report.run(report.quote(program) .. " help " .. topic .. " 2>&1")
        check("help " .. topic, status == 0 and text:find(f.first, 1, true), text)
    end
end
server:stop()
report.exit()
