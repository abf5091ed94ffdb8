-- Passes every line on to all the others. The first line is the name.
local sss = require "sss"
io.stdout:setvbuf("line")
local news = sss.channel() -- what the guests say, for the one task that knows them all

sss.spawn(function()
    local boxes = {} -- guest -> the channel of what it has yet to get
    for item in news do
        for guest, box in pairs(boxes) do
            if guest ~= item.from and #box < 1000 then -- who does not read misses something
                box:send(item.text)
            end
        end
        boxes[item.from] = item.box
    end
end)

local function talk(client, name, box)
    local function say(text, answers)
        news:send{from = client, text = name .. text .. "\n", box = answers}
    end
    say(" is here", box)
    local ok, problem = pcall(sss.race, function()
        for line in client:lines() do say(": " .. line, box) end
    end, function()
        for text in box do client:send(text) end
    end)
    say(" has left")
    if not ok then error(problem, 0) end
end

local server = sss.serve(arg[1] or "127.0.0.1:7002", function(client)
    client:send("Your name?\n")
    local name = client:receive("l")
    if name then talk(client, name, sss.channel(1000)) end
end)
print("listening on " .. tostring(server:address()))
