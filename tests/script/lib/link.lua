-- SPDX-License-Identifier: BSD-3-Clause
-- Connected sockets of every kind, for the tests.

local sss = require "sss"
local t = require "harness"

local link = {}

-- A listening socket on a free port, and its address.
function link.listen(host, options)
    local listener = sss.listen((host or "127.0.0.1") .. ":0", options)
    return listener, listener:getsockname()
end

-- Two connected TCP sockets: the client's and the server's.
function link.tcp(host)
    local listener, address = link.listen(host)
    local client = sss.connect(address)
    local server = listener:accept()
    listener:close()
    return client, server
end

function link.tcp6()
    return link.tcp("[::1]")
end

-- The same over a unix socket in the file system.
function link.unix()
    local path = t.tempname()
    local listener = sss.listen({ path = path })
    local client = sss.connect({ path = path })
    local server = listener:accept()
    listener:close()
    return client, server
end

function link.pair()
    return sss.pair()
end

-- A socket that is bound and does not listen: connecting to its address is refused.
function link.refusing(host)
    local socket = sss.socket(host and "inet6" or "inet")
    socket:bind((host or "127.0.0.1") .. ":0")
    return socket, socket:getsockname()
end

-- A listener that answers no further connection: its queue is full.
function link.deaf()
    local listener, address = link.listen(nil, { backlog = 1 })
    local fillers = {}
    for i = 1, 8 do
        fillers[i] = sss.socket()
        fillers[i]:settimeout(0)
        fillers[i]:connect(address)
    end
    return listener, address, fillers
end

function link.close(...)
    for i = 1, select("#", ...) do
        local socket = select(i, ...)
        socket:close()
    end
end

function link.has_ipv6()
    local addresses = t.read_file("/proc/net/if_inet6") or ""
    return ("\n" .. addresses):find("\n0+1 ") ~= nil
end

function link.need_ipv6()
    if not link.has_ipv6() then t.skip("no IPv6 loopback here") end
end

-- Stream kinds by name, for tests that go over all of them.
link.streams = { tcp = link.tcp, unix = link.unix, pair = link.pair }
if link.has_ipv6() then link.streams.tcp6 = link.tcp6 end

-- A test over each kind of stream, with both ends: f(reading end, writing end).
function link.over_all(name, f)
    for kind, make in pairs(link.streams) do
        t.task(name .. " (" .. kind .. ")", function()
            local a, b = make()
            f(a, b)
            link.close(a, b)
        end)
    end
end

-- The same over one kind, for what no kind changes.
function link.over_one(name, f)
    t.task(name, function()
        local a, b = sss.pair()
        f(a, b)
        link.close(a, b)
    end)
end

return link
