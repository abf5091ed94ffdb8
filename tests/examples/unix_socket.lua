-- A unix socket, with server and client in one program.
local sss = require "sss"
local path = arg[1] or "/tmp/sss-example.sock"

local server = sss.serve({path = path}, function(client)
    for line in client:lines("l") do
        client:send(line:upper() .. "\n")
    end
end)
print("listening on " .. tostring(server:address()))

local sock = sss.connect("unix:" .. path)
for _, word in ipairs{"hello", "world"} do
    sock:send(word .. "\n")
    print(word, sock:receive("l"))
end
sock:close()
server:stop()
os.remove(path)
