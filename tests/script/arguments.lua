-- SPDX-License-Identifier: BSD-3-Clause
-- Every argument of every function: wrong type, out of range, unknown word, unknown option.

-- Each call has to be `bad argument #N to 'NAME' (...)` and to leave everything as it was.

local sss = require "sss"
local t = require "harness"
local link = require "link"

local nan, huge = 0 / 0, math.huge
local no_address = { false, 5, print, {}, "", "nonsense", "127.0.0.1:70000", { host = {} } }
local no_bytes = { false, print, { {} } }
local no_count = { false, print, {}, "x", -1, 1.5, nan, huge, 2 ^ 60 }
local no_table = { false, 5, "x", print, { nosuchoption = 1 } }
local no_function = { false, 5, "x", {} }
local no_seconds = { false, "x", print, {}, nan }

-- Name of a function, good arguments; for each argument what it does not take.
local functions = {
    { "socket", { "inet", "stream", 0 }, { { false, {}, "inet7", 1.5, -1, 2 ^ 40 },
        { false, {}, "strem", 1.5, -1, 2 ^ 40 }, { false, {}, "nosuchproto", 1.5, -1, 2 ^ 40 } } },
    { "connect", { "127.0.0.1:1", {} }, { no_address, no_table } },
    { "listen", { "127.0.0.1:0", {} }, { no_address, no_table } },
    { "serve", { "127.0.0.1:0", print, {} }, { no_address, no_function, no_table } },
    { "pair", { "stream" }, { { false, {}, "strem", 1.5, -1 } } },
    { "fromfd", { 0 }, { { false, "x", {}, -1, 1.5, nan, 2 ^ 40 } } },
    { "tocaddress", { "127.0.0.1:1" }, { no_address } },
    { "toladdress", { "127.0.0.1:1" }, { no_address } },
    { "resolve", { "127.0.0.1", 1, {} }, { { false, print, {}, "a\0b" },
        { false, print, {}, 70000, -1, 1.5, nan }, no_table } },
    { "spawn", { print }, { no_function } },
    { "sleep", { 0 }, { no_seconds } },
    { "timeout", { 1, print }, { no_seconds, no_function } },
}

local methods = {
    { "connect", { "127.0.0.1:1" }, { no_address } },
    { "bind", { "127.0.0.1:0" }, { no_address } },
    { "listen", { 5 }, { { false, print, {}, "x", -1, 1.5, nan, 2 ^ 40 } } },
    { "receive", { "L", 100 }, { { false, print, {}, "x", "**l", "", -1, 1.5, nan, huge },
        no_count } },
    { "receiveuntil", { "x", {} }, { { false, print, {}, "" }, no_table } },
    { "lines", { "L" }, { { false, print, {}, "x", -1, 1.5, nan } } },
    { "peek", { 1 }, { no_count } },
    { "recv", { 1 }, { no_count } },
    { "recvfrom", { 1 }, { no_count } },
    { "send", { "x" }, { no_bytes, no_address } },
    { "sendln", { "x" }, { { false, print, {} } } },
    { "sendto", { "x", "127.0.0.1:1" }, { {}, no_address } },
    { "sendfile", { "/dev/null", 0, 1 }, { { false, print, {}, "a\0b" }, no_count, no_count } },
    { "shutdown", { "both" }, { { false, print, {}, "bth", 7, -1 } } },
    { "setsockopt", { "keepalive", true }, { { false, print, {}, "keepaliv", 2 ^ 60, 1.5 },
        { print, {}, "x" } } },
    { "getsockopt", { "keepalive" }, { { false, print, {}, "keepaliv", 2 ^ 60, 1.5 } } },
    { "settimeout", { 1 }, { { false, print, "x", nan, { nosuchway = 1 }, { send = "x" } } } },
    { "sendfd", { 0, "x" }, { { false, print, {}, "x", -1, 1.5, nan, 2 ^ 40 }, { false, {} } } },
}

-- Options of a table argument: function, place, good arguments, option, what it does not take.
local options = {
    { "connect", 2, { "127.0.0.1:1" }, "timeout", no_seconds },
    { "connect", 2, { "127.0.0.1:1" }, "localaddress", no_address },
    { "connect", 2, { "127.0.0.1:1" }, "nodelay", { "x", 5, {} } },
    { "listen", 2, { "127.0.0.1:0" }, "type", { false, {}, "x", -1 } },
    { "listen", 2, { "127.0.0.1:0" }, "backlog", { false, {}, "x", -1, 1.5, nan, 2 ^ 40 } },
    { "listen", 2, { "127.0.0.1:0" }, "reuseaddr", { "x", 5, {} } },
    { "listen", 2, { "127.0.0.1:0" }, "reuseport", { "x", 5, {} } },
    { "listen", 2, { "[::1]:0" }, "v6only", { "x", 5, {} } },
    { "listen", 2, { "unix:/nonexistent/x" }, "mode", { false, {}, "x", "999", -1, 1.5, 2 ^ 40 } },
    { "serve", 3, { "127.0.0.1:0", print }, "limit", { false, {}, "x", 0, -1, 1.5, nan } },
    { "resolve", 3, { "127.0.0.1", 1 }, "family", { false, {}, "inet7", -1 } },
    { "resolve", 3, { "127.0.0.1", 1 }, "type", { false, {}, "strem", -1 } },
}

local function describe(value)
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

-- Calls f with `value` in place N; it has to be refused as it should. Returns what is wrong.
local function problem_with(f, self, name, good, n, value)
    local arguments, last = { unpack(good) }, math.max(#good, n)
    arguments[n] = value
    local ok, err
    if self then
        ok, err = pcall(f, self, unpack(arguments, 1, last))
    else
        ok, err = pcall(f, unpack(arguments, 1, last))
    end
    if ok then return ("%s #%d takes %s"):format(name, n, describe(value)) end
    local wanted = ("bad argument #%d to '%s' ("):format(n, name)
    if not tostring(err):find(wanted, 1, true) then
        return ("%s #%d with %s: %s"):format(name, n, describe(value), tostring(err))
    end
end

local function no_problems(list)
    if #list > 0 then error(table.concat(list, "\n"), 0) end
end

-- What is wrong with F, called NAME, when one of its GOOD arguments is one of the BAD ones.
local function problems_of(f, self, name, good, bad)
    local problems = {}
    for n, values in ipairs(bad) do
        for _, value in ipairs(values) do
            problems[#problems + 1] = problem_with(f, self, name, good, n, value)
        end
    end
    return problems
end

for _, case in ipairs(functions) do
    local name, good, bad = unpack(case)
    t.task("function " .. name, function()
        no_problems(problems_of(sss[name], nil, name, good, bad))
    end)
end

for _, case in ipairs(methods) do
    local name, good, bad = unpack(case)
    t.task("method " .. name, function()
        local a, b = sss.pair()
        a:settimeout(0.2) -- a call that is wrongly taken does not wait for ever
        local problems = problems_of(a[name], a, name, good, bad)
        a:send("the socket is as before\n")
        t.eq(b:receive(), "the socket is as before\n")
        link.close(a, b)
        no_problems(problems)
    end)
end

for _, case in ipairs(options) do
    local name, place, good, key, bad = unpack(case)
    t.task(("option %s of %s"):format(key, name), function()
        local problems = {}
        for _, value in ipairs(bad) do
            local given = { [key] = value }
            local problem = problem_with(sss[name], nil, name, good, place, given)
            problems[#problems + 1] = problem and describe(value) .. ": " .. problem
        end
        no_problems(problems)
    end)
end

t.task("the error of an unknown option names it", function()
    t.raises("nosuchoption", sss.listen, "127.0.0.1:0", { nosuchoption = 1 })
    t.raises("nosuchoption", sss.connect, "127.0.0.1:1", { nosuchoption = 1 })
end)

t.task("the error names what came", function()
    t.raises("got table", sss.sleep, {})
    t.raises("70000", sss.tocaddress, "127.0.0.1:70000")
    t.raises("inet7", sss.socket, "inet7")
end)

t.task("missing arguments", function()
    local s = sss.socket()
    for _, name in ipairs { "connect", "bind", "receiveuntil", "send", "sendln", "sendfile",
        "setsockopt", "getsockopt", "sendfd" } do
        t.raises("bad argument #1 to '" .. name .. "'", s[name], s)
    end
    for _, name in ipairs { "connect", "listen", "fromfd", "tocaddress", "toladdress",
        "resolve", "spawn", "sleep", "timeout" } do
        t.raises("bad argument #1 to '" .. name .. "'", sss[name])
    end
    t.raises("bad argument #[12] to 'sendto'", s.sendto, s)
    t.raises("bad argument #[12] to 'serve'", sss.serve)
    s:close()
end)

t.task("methods of the other classes want their object", function()
    local task = sss.spawn(function() end)
    local server = sss.serve("127.0.0.1:0", function() end)
    for _, wrong in ipairs { 5, "x", {}, sss.socket(), sss.tocaddress(":1") } do
        t.raises("", task.join, wrong)
        t.raises("", server.stop, wrong)
        t.raises("", server.address, wrong)
        t.raises("", server.join, wrong)
    end
    t.raises("bad argument #1 to 'stop'", server.stop, server, "x")
    server:stop()
    server:join()
    task:join()
end)

t.run()
