#!/usr/bin/env sssrun
-- An echo service that systemd starts for its first client: see echo.socket and echo.service.
local sss = require "sss"

-- The socket that systemd has opened; by hand, one of its own.
local socket = sss.inherited().echo or "127.0.0.1:7007"

local server = sss.serve(socket, function(client)
    for line in client:lines("L") do
        client:send(line)
    end
end)

-- No new clients, and ten seconds for those that are here.
sss.onsignal("TERM", function() server:stop(10) end)
