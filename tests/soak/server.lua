-- SPDX-License-Identifier: BSD-3-Clause
-- The server of the soak test, server.lua SECONDS, which it lives at most: a client's first line
-- says what it wants, "WORD NUMBER NUMBER".

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. here .. "/../script/lib/?.lua;" .. package.path

local sss = require "sss"
local pattern = require "pattern"
local state = require "state"

local PATIENCE = 60 -- seconds for a line: who stalls longer is left
local clients, failures = 0, 0
local wants = {}

-- Everything back, until the client has ended its side.
function wants.echo(client)
    repeat
        local data = client:recv(16384)
        if data then client:send(data) end
    until not data
end

-- The lines back, as lines.
function wants.lines(client)
    for line in client:lines("L") do client:send(line) end
end

function wants.source(client, at, count)
    pattern.send(client, at, count)
end

-- All at once, when all is there.
function wants.whole(client)
    client:send(client:receive("a"))
end

function wants.wait(client)
    client:receive("a")
end

-- This handler is cancelled while it waits.
function wants.doom(client, hundredths)
    local me = sss.spawn(client.receive, client)
    sss.sleep(hundredths / 100)
    me:cancel()
    pcall(me.join, me)
end

function wants.state(client)
    client:send(state.text { clients = clients - 1, failures = failures })
end

-- What a client may do to us without it being our fault.
local expected = { ECONNRESET = true, EPIPE = true, EMSGSIZE = true, ETIMEDOUT = true }

local function handle(client)
    client:settimeout(PATIENCE)
    local line = client:receive("l", 100)
    local want, one, two = (line or ""):match("^(%l+) (%d+) (%d+)$")
    if wants[want] then wants[want](client, tonumber(one), tonumber(two)) end
end

local server = sss.serve("*:0", function(client)
    clients = clients + 1
    local ok, err = pcall(handle, client)
    if not ok and not (type(err) == "table" and expected[err.code]) then
        failures = failures + 1
        io.stderr:write("soak: ", tostring(err), "\n")
    end
    clients = clients - 1
end)

sss.onsignal("TERM", function() server:stop() end)
local life = sss.spawn(function()
    sss.sleep(tonumber(arg[1]))
    os.exit(1)
end)
sss.spawn(function()
    server:join()
    life:cancel()
end)
print(server:address().port)
io.stdout:flush()
