-- Stops in good order on TERM and Ctrl-C: graceful_server.lua [ADDRESS [GRACE]]
local sss = require "sss"
io.stdout:setvbuf("line")

local server = sss.serve(arg[1] or "127.0.0.1:7005", function(client)
    for line in client:lines() do
        sss.sleep(0.3) -- the work
        client:send(line:upper() .. "\n")
    end
end)

-- No new clients; those that are here may finish, and are cancelled when the grace is over.
local function stop(name)
    sss.onsignal(name, nil) -- the same signal once more ends the program at once
    print(name .. ": finishing")
    server:stop(tonumber(arg[2] or 10))
    print("finished")
end

sss.onsignal("TERM", stop)
sss.onsignal("INT", stop)
print("listening on " .. tostring(server:address()))
