-- SPDX-License-Identifier: BSD-3-Clause
-- The rows of the table: what is asked, of which server, and what has to come out.
--
-- kind: what server is asked. load: arguments of the load generator. at_least: the required ratio of
-- the rate to that of the reference. against = "itself": compared with the same server under
-- base_load instead. at_most: of the time a start takes, or of bytes, where less is better.

local IDLE = 10000

local function stream(...) return { "lines", "connections=64", "size=64", ... } end

local rows = {
    { name = "lines64", title = "64 connections, one 64-byte line each", kind = "lines",
        load = stream(), at_least = 0.97 },
    { name = "lines16", title = "64 connections, 16 lines in flight", kind = "lines",
        load = stream("depth=16"), at_least = 0.90 },
    { name = "connect", title = "connect, line, line, close", kind = "lines",
        load = { "connect", "connections=64", "size=64" }, at_least = 0.97 },
    { name = "bulk1", title = "bulk echo, 1 connection", kind = "bulk",
        load = { "bulk", "connections=1", "size=262144", "depth=4" }, at_least = 0.92 },
    { name = "bulk16", title = "bulk echo, 16 connections", kind = "bulk",
        load = { "bulk", "connections=16", "size=65536", "depth=4" }, at_least = 0.92 },
    { name = "http", title = "HTTP/1.1 keep-alive hello, 64 connections", kind = "http",
        load = { "http", "connections=64" }, at_least = 0.90 },
    { name = "udp", title = "UDP echo, 64 sockets", kind = "udp",
        load = { "udp", "connections=64", "size=64" }, at_least = 0.90 },
    { name = "idle", title = "64 busy among 10,000 idle, against the same without", kind = "lines",
        load = stream("idle=" .. IDLE), base_load = stream(), against = "itself",
        at_least = 0.97 },
    { name = "idlec", title = "64 busy among 10,000 idle", kind = "lines",
        load = stream("idle=" .. IDLE) },
    { name = "startup", title = "start-up, time against a static C program", kind = "hello",
        load = { "spawn" }, at_most = 1.3 },
    { name = "memory", title = "bytes of user memory for an idle connection", kind = "receive",
        load = stream("idle=" .. IDLE), at_most = 1024, idle = IDLE },
}

-- The rows whose names stand in TEXT (all without any); an unknown name is an error.
function rows.chosen(text)
    local wanted, chosen = {}, {}
    for name in (text or ""):gmatch("[^%s,]+") do wanted[name] = true end
    local all = next(wanted) == nil
    for _, row in ipairs(rows) do
        if all or wanted[row.name] then chosen[#chosen + 1] = row end
        wanted[row.name] = nil
    end
    if next(wanted) then
        local names = {}
        for i, row in ipairs(rows) do names[i] = row.name end
        error(("there is no row '%s'; the rows are %s"):format(next(wanted),
            table.concat(names, " ")), 0)
    end
    return chosen
end

-- Descriptors that one process needs for these rows, at most.
function rows.descriptors(chosen)
    local most = 300
    for _, row in ipairs(chosen) do
        for _, word in ipairs(row.load) do
            local idle = word:match("^idle=(%d+)$")
            if idle then most = math.max(most, idle + 300) end
        end
    end
    return most
end

return rows
