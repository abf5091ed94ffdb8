-- Passes every line on to all the others. The first line is the name.
local sss = require "sss"
io.stdout:setvbuf("line")
local names = {}

local function tell_others(sender, text)
    for client in pairs(names) do
        if client ~= sender then
            local ok, sent = pcall(client.send, client, text)
            if not ok or not sent then -- it is gone, or does not read: nobody waits for it
                names[client] = nil
                client:close()
            end
        end
    end
end

local function talk(client, name)
    names[client] = name
    tell_others(client, name .. " is here\n")
    while names[client] do
        local line = client:receive("l")
        if not line then return end
        tell_others(client, name .. ": " .. line .. "\n")
    end
end

local server = sss.serve(arg[1] or "127.0.0.1:7002", function(client)
    client:settimeout{send = 0}
    client:send("Your name?\n")
    local name = client:receive("l") or "somebody"
    local ok, problem = pcall(talk, client, name)
    names[client] = nil
    tell_others(client, name .. " has left\n")
    if not ok then error(problem) end
end)
print("listening on " .. tostring(server:address()))
