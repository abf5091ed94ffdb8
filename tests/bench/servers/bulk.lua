-- SPDX-License-Identifier: BSD-3-Clause
-- Sends every byte back, in pieces as they arrive. Prints its port.
local sss = require "sss"
io.stdout:setvbuf("line")

-- LuaJIT's allocator asks the system for each block of 128 KiB or more: stay below that.
local PART = 120000

local server = sss.serve("127.0.0.1:0", function(client)
    local data = client:recv(PART)
    while data do
        client:send(data)
        data = client:recv(PART)
    end
end)
print(server:address().port)
