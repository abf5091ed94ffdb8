-- SPDX-License-Identifier: BSD-3-Clause
-- Who is measured: sssrun, the reference in C, and the peers that are installed here.

local machine = require "machine"

local here = arg[0]:match("^(.*)/") or "."
local built = "build/bench/"

-- The others answer lines in one way only.
local function other(kind) return kind == "receive" and "lines" or kind end

local subjects = {
    reference = function(kind)
        if kind == "hello" then return { built .. "hello" } end
        return { built .. "reference", other(kind) }
    end,
    sssrun = function(kind) return { machine.program(), here .. "/servers/" .. kind .. ".lua" } end,
}

local peers = {
    { name = "go", command = { built .. "go" } },
    { name = "node", command = { "node", here .. "/peers/node.js" } },
    { name = "python", command = { "python3", here .. "/peers/python.py" } },
    { name = "luv", command = { "luajit", here .. "/peers/luv.lua" } },
    -- It has no call that tells a datagram's sender.
    { name = "cqueues", command = { "luajit", here .. "/peers/cqueues.lua" }, lacks = "udp" },
    -- LuaSocket's select takes no descriptor from 1024 on.
    { name = "copas", command = { "luajit", here .. "/peers/copas.lua" },
        lacks = "idle idlec memory" },
}

for _, peer in ipairs(peers) do
    if peer.name == "python" and machine.read("/usr/bin/python3") then
        peer.command[1] = "/usr/bin/python3"
    end
    subjects[peer.name] = function(kind)
        return { peer.command[1], peer.command[2] or other(kind), other(kind) }
    end
end

-- Whether a peer cannot do a row at all.
function subjects.lacks(name, row)
    for _, peer in ipairs(peers) do
        if peer.name == name then
            return (" " .. (peer.lacks or "") .. " "):find(" " .. row.name .. " ", 1, true) ~= nil
        end
    end
    return false
end

-- Whether a peer can run: asked for "check", it only loads what it needs and says "hello".
local function installed(name)
    local words = subjects[name]("check")
    local pipe = io.popen(table.concat(words, " ") .. " 2>/dev/null </dev/null")
    local answer = pipe:read("*l")
    pipe:close()
    return answer == "hello"
end

-- The names of the peers that TEXT asks for: all that are installed without any, none for "none".
-- The second result tells which ones are not installed.
function subjects.peers(text)
    local chosen, missing, known = {}, {}, {}
    local any = not text:find("%S")
    for _, peer in ipairs(peers) do
        known[peer.name] = true
        if any or (" " .. text:gsub(",", " ") .. " "):find(" " .. peer.name .. " ", 1, true) then
            local list = installed(peer.name) and chosen or missing
            list[#list + 1] = peer.name
        end
    end
    for name in text:gmatch("[^%s,]+") do
        if not known[name] and name ~= "none" then error("there is no peer '" .. name .. "'", 0) end
    end
    return chosen, missing
end

return subjects
