-- Publish and subscribe: "sub TOPIC", "pub TOPIC TEXT", "leave"; subscribers get "TOPIC TEXT".
local sss = require "sss"
io.stdout:setvbuf("line")
local requests, does = sss.channel(), {}
local topics = {} -- topic -> the set of its subscribers' channels; one task alone touches it

function does.sub(request)
    topics[request.topic] = topics[request.topic] or {}
    topics[request.topic][request.box] = true
end

function does.pub(request)
    for box in pairs(topics[request.topic] or {}) do
        if #box < 1000 then box:send(request.text) end -- who does not read misses something
    end
end

function does.leave(request)
    for topic, boxes in pairs(topics) do
        boxes[request.box] = nil
        topics[topic] = next(boxes) and boxes
    end
end

sss.spawn(function() for request in requests do does[request.word](request) end end)

local server = sss.serve(arg[1] or "127.0.0.1:7004", function(client)
    local box = sss.channel(1000)
    local ok, problem = pcall(sss.race, function()
        for line in client:lines() do
            local word, text = line:match("^(%l+) ?(.*)$")
            if not does[word] then return end
            requests:send{word = word, text = text .. "\n", topic = text:match("^%S*"), box = box}
        end
    end, function() for text in box do client:send(text) end end)
    requests:send{word = "leave", box = box}
    if not ok then error(problem, 0) end
end)
print("listening on " .. tostring(server:address()))
