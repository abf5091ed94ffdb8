-- Passes connections on to another server: tcp_proxy.lua [ADDRESS [TARGET]]
local sss = require "sss"
io.stdout:setvbuf("line")
local target = arg[2] or "127.0.0.1:7000"

local function copy(from, to)
    sss.copy(from, to)
    to:shutdown("write") -- the end of one direction; the other goes on
end

-- What breaks one direction ends both.
local function pass(from, to)
    if not pcall(copy, from, to) then
        from:close()
        to:close()
    end
end

local server = sss.serve(arg[1] or "127.0.0.1:7003", function(client)
    local upstream, reason = sss.connect(target, {timeout = 10})
    if not upstream then
        error("cannot connect to " .. target .. ": " .. reason)
    end
    local back = sss.spawn(pass, upstream, client)
    pass(client, upstream)
    back:join()
    upstream:close()
end)
print("listening on " .. tostring(server:address()))
