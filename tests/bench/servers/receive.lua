-- SPDX-License-Identifier: BSD-3-Clause
-- Sends every line back, as lines.lua does, but asks for each by receive(). Prints its port.
local sss = require "sss"
io.stdout:setvbuf("line")

local server = sss.serve("127.0.0.1:0", function(client)
    local line = client:receive()
    while line do
        client:send(line)
        line = client:receive()
    end
end)
print(server:address().port)
