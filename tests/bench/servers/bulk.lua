-- SPDX-License-Identifier: BSD-3-Clause
-- Sends every byte back, in pieces as they arrive. Prints its port.
local sss = require "sss"
io.stdout:setvbuf("line")

local server = sss.serve("127.0.0.1:0", function(client)
    sss.copy(client, client)
end)
print(server:address().port)
