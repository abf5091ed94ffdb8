-- SPDX-License-Identifier: BSD-3-Clause
-- Sends every datagram back to its sender. Prints its port.
local sss = require "sss"
io.stdout:setvbuf("line")

local sock = sss.listen("127.0.0.1:0", {type = "dgram"})
print(sock:getsockname().port)
while true do
    local data, sender = sock:recvfrom()
    sock:sendto(data, sender)
end
