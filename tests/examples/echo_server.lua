-- Sends every line back to the one who sent it.
local sss = require "sss"
io.stdout:setvbuf("line")

local server = sss.serve(arg[1] or "127.0.0.1:7000", function(client)
    for line in client:lines("L") do
        client:send(line)
    end
end)
print("listening on " .. tostring(server:address()))
