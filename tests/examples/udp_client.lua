-- Asks over UDP, and asks again when no answer comes: a datagram may get lost.
local sss = require "sss"

local sock = sss.socket("inet", "dgram"):settimeout(0.5)
sock:connect(arg[1] or "127.0.0.1:7001")
for _ = 1, 3 do
    sock:send(arg[2] or "ping")
    local answer = sock:recv(65536)
    if answer then
        print(answer)
        return
    end
end
error("no answer")
