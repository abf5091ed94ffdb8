-- Sends every datagram back to its sender.
local sss = require "sss"
io.stdout:setvbuf("line")

local sock = sss.listen(arg[1] or "127.0.0.1:7001", {type = "dgram"})
print("listening on " .. tostring(sock:getsockname()))
while true do
    local data, sender = sock:recvfrom()
    local sent, problem = pcall(sock.sendto, sock, data, sender)
    if not sent then -- not every sender can be reached
        print(tostring(problem))
    end
end
