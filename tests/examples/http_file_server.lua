-- Serves the files of a folder over HTTP/1.0: http_file_server.lua [ADDRESS [FOLDER]]
local sss = require "sss"
io.stdout:setvbuf("line")
local folder = arg[2] or "."

-- The name of the file that a path means, or nil; never one outside of the folder.
local function find(path)
    path = path:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
    if path:find("%c") or (path .. "/"):find("/../", 1, true) then return nil end
    return folder .. path:gsub("/$", "/index.html")
end

local server = sss.serve(arg[1] or "127.0.0.1:8000", function(client)
    client:settimeout(10)
    local request = client:receive("l", 8192) or ""
    repeat local header = client:receive("l", 8192) until not header or header == ""
    local method, path = request:match("^(%u+) (/[^%s?#]*)")
    local name = method == "GET" and find(path)
    if name and pcall(client.sendfile, client, name, 0, 0) then -- nothing of it yet: is it there?
        client:send("HTTP/1.0 200 OK\r\n\r\n")
        client:sendfile(name)
    else
        client:send("HTTP/1.0 404 Not Found\r\n\r\nnot found\n")
    end
end)
print("listening on " .. tostring(server:address()))
