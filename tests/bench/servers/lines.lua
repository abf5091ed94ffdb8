-- SPDX-License-Identifier: BSD-3-Clause
-- Sends every line back. Prints its port.
local sss = require "sss"
io.stdout:setvbuf("line")

local server = sss.serve("127.0.0.1:0", function(client)
    for line in client:lines("L") do
        client:send(line)
    end
end)
print(server:address().port)
