-- Passes every line on to all the others. The first line is the name.
local sss = require "sss"
io.stdout:setvbuf("line")
local boxes = {} -- client -> the texts that it has yet to get

-- The one task that writes to a client, as long as there is something for it.
local function deliver(client, box)
    while box[1] and pcall(client.send, client, box[1]) do
        table.remove(box, 1)
    end
end

-- Nothing in here waits, so the boxes stay as they are meanwhile.
local function tell_others(sender, text)
    for client, box in pairs(boxes) do
        if client ~= sender and #box < 1000 then -- who does not read misses something
            table.insert(box, text)
            if #box == 1 then sss.spawn(deliver, client, box) end
        end
    end
end

local function talk(client, name)
    boxes[client] = {}
    tell_others(client, name .. " is here\n")
    for line in client:lines() do
        tell_others(client, name .. ": " .. line .. "\n")
    end
end

local server = sss.serve(arg[1] or "127.0.0.1:7002", function(client)
    client:send("Your name?\n")
    local name = client:receive("l") or "somebody"
    local ok, problem = pcall(talk, client, name)
    boxes[client] = nil
    tell_others(client, name .. " has left\n")
    if not ok then error(problem) end
end)
print("listening on " .. tostring(server:address()))
