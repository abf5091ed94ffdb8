-- SPDX-License-Identifier: BSD-3-Clause
-- A name server (RFC 1035) that says what a test wants, right or wrong, in a namespace of its own.

-- name_server.start(where, says): a server of datagrams and streams on WHERE ("127.0.0.1:53"), whose
-- answer to a question {name=, type=, by_stream=, at=} is what SAYS returns: nil for silence, a
-- packet, an array of packets, and {after = seconds, packet} for a late one. A packet is made by
-- name_server.answer(question, records, code, flags). .asked counts the questions of each name.

local bed = require "bed"
local sss = require "sss"

local name_server = {}

local function u16(n) return string.char(math.floor(n / 256) % 256, n % 256) end
local function u32(n) return u16(math.floor(n / 65536)) .. u16(n % 65536) end
name_server.u16, name_server.u32 = u16, u32

name_server.types = { A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, MX = 15, TXT = 16, AAAA = 28,
    SRV = 33, NAPTR = 35, HTTPS = 65, CAA = 257 }
local codes = { NOERROR = 0, FORMERR = 1, SERVFAIL = 2, NXDOMAIN = 3, NOTIMP = 4, REFUSED = 5 }

-- A name as in a packet.
function name_server.encode(name)
    return (name:gsub("([^.]+)%.?", function(label) return string.char(#label) .. label end)) .. "\0"
end

-- A question out of a packet: {id=, name=, type=, number=, text=}; nil for what is none.
function name_server.parse(packet)
    local labels, at = {}, 13
    while at <= #packet and packet:byte(at) > 0 do
        local length = packet:byte(at)
        labels[#labels + 1] = packet:sub(at + 1, at + length)
        at = at + length + 1
    end
    if #packet < at + 4 then return nil end
    local number = packet:byte(at + 1) * 256 + packet:byte(at + 2)
    local q = { id = packet:sub(1, 2), name = table.concat(labels, "."):lower(), number = number,
        text = packet:sub(13, at + 4), type = number }
    for name, value in pairs(name_server.types) do
        if value == number then q.type = name end
    end
    return q
end

-- A record about the name that was asked for, or about NAME; DATA is its content.
function name_server.record(kind, data, name, ttl)
    return (name and name_server.encode(name) or "\192\12")
            .. u16(name_server.types[kind] or kind) .. u16(1) .. u32(ttl or 60) .. u16(#data) .. data
end

function name_server.ipv4(text)
    return (text:gsub("(%d+)%.?", function(n) return string.char(tonumber(n)) end))
end

-- The addresses of TEXT, "127.0.0.1" and "::5" (the last group only), as records.
function name_server.addresses(q, ...)
    local records = {}
    for _, text in ipairs { ... } do
        local last = text:match("^::(%x+)$")
        if q.type == "AAAA" and last then
            records[#records + 1] = name_server.record("AAAA", ("\0"):rep(14) .. u16(tonumber(last, 16)))
        elseif q.type == "A" and not last then
            records[#records + 1] = name_server.record("A", name_server.ipv4(text))
        end
    end
    return records
end

-- An answer with RECORDS; CODE as "NXDOMAIN"; CUT: it is truncated.
function name_server.answer(q, records, code, cut)
    records = records or {}
    local flags = 0x8180 + (codes[code or "NOERROR"] or code) + (cut and 0x0200 or 0)
    return q.id .. u16(flags) .. u16(1) .. u16(#records) .. u32(0) .. q.text .. table.concat(records)
end

local function deliver(server, said, send)
    if type(said) == "string" then
        send(said)
    elseif type(said) == "table" and said.after then
        table.insert(server.tasks, sss.spawn(function()
            sss.sleep(said.after)
            pcall(send, said[1])
        end))
    elseif type(said) == "table" then
        for _, packet in ipairs(said) do send(packet) end
    end
end

local function ask(server, packet, by_stream, send)
    local q = name_server.parse(packet)
    if not q then return end
    q.by_stream, q.at = by_stream, server.where
    server.asked[q.name] = (server.asked[q.name] or 0) + 1
    server.questions = server.questions + 1
    deliver(server, server.says(q), send)
end

local function serve_datagrams(server)
    while true do
        local packet, from = server.socket:recvfrom()
        ask(server, packet, false, function(said) server.socket:sendto(said, from) end)
    end
end

local function serve_stream(server, client)
    for size in function() return (client:receive(2)) end do
        local packet = client:receive(size:byte(1) * 256 + size:byte(2))
        if packet then
            ask(server, packet, true, function(said) client:send { u16(#said), said } end)
        end
    end
end

function name_server.start(where, says)
    local server = { where = where, says = says, asked = {}, questions = 0, tasks = {} }
    server.socket = sss.listen(where, { type = "dgram" })
    server.task = sss.spawn(serve_datagrams, server)
    local streams = sss.serve(tostring(server.socket:getsockname()),
        function(client) serve_stream(server, client) end, { onerror = nil })
    function server.address() return tostring(server.socket:getsockname()) end
    function server.stop()
        for _, task in ipairs(server.tasks) do task:cancel() pcall(task.join, task) end
        server.task:cancel()
        pcall(server.task.join, server.task)
        server.socket:close()
        streams:stop()
        streams:join()
    end
    return server
end

-- Shows TEXT as the file PATH in this program's namespace; T is the harness. An entry of what it
-- showed before is covered.
function name_server.show(t, path, text)
    if not bed.show(t.write_file(text), path) then t.skip(path .. " cannot be shown") end
    t.after(function() os.execute("umount " .. path) end)
end

return name_server
