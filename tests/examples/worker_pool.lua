-- Tells which servers can be reached, four at once: worker_pool.lua ADDRESS...
local sss = require "sss"
local jobs, results = sss.channel(), sss.channel()

local function work()
    for address in jobs do
        local began = sss.now()
        local ok, sock, reason = pcall(sss.connect, address, {timeout = 2})
        local state = not ok and tostring(sock) or reason or "up"
        if state == "up" then sock:close() end
        results:send{address = address, state = state, seconds = sss.now() - began}
    end
end

for _ = 1, 4 do
    sss.spawn(work)
end
sss.spawn(function()
    for _, address in ipairs(arg) do
        jobs:send(address) -- waits until a worker is free
    end
    jobs:close() -- ends the workers
end)
for _ = 1, #arg do
    local result = results:receive()
    print(("%s\t%s\t%.3f s"):format(result.address, result.state, result.seconds))
end
