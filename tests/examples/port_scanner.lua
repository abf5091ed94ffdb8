-- Finds the open TCP ports of a host: port_scanner.lua [HOST [FIRST [LAST]]]
local sss = require "sss"
local host = sss.resolve(arg[1] or "127.0.0.1")[1].host
local port, last = tonumber(arg[2] or 1), tonumber(arg[3] or 1024)
local open = {}

local function is_open(number)
    local ok, sock = pcall(sss.connect, {host = host, port = number}, {timeout = 1})
    if ok and sock then
        sock:close()
        return true
    elseif not ok and sock.code ~= "ECONNREFUSED" then
        error(sock)
    end
end

-- Each task takes the next port that nobody has taken yet.
local function scan()
    while port <= last do
        local number = port
        port = port + 1
        if is_open(number) then
            table.insert(open, number)
        end
    end
end

local tasks = {}
for i = 1, 100 do
    tasks[i] = sss.spawn(scan)
end
for _, task in ipairs(tasks) do
    task:join()
end
table.sort(open)
print(#open .. " open: " .. table.concat(open, " "))
