-- Serves the files of a folder over HTTP/1.0: http_file_server.lua [ADDRESS [FOLDER]]
local sss = require "sss"
io.stdout:setvbuf("line")
local folder = arg[2] or "."

-- Can it be sent? Not a folder, nor a pipe, where io.open waits until somebody writes to it.
local function is_file(name)
    local here, there = sss.pair()
    local sent = pcall(here.sendfile, here, name, 0, 1)
    here:close()
    there:close()
    return sent
end

-- The file that a request names, or nil; never one outside of the folder.
local function open(path)
    path = path:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
    if path:find("%c") or (path .. "/"):find("/../", 1, true) then return nil end
    local name = folder .. path:gsub("/$", "/index.html")
    return is_file(name) and io.open(name, "rb")
end

local server = sss.serve(arg[1] or "127.0.0.1:8000", function(client)
    client:settimeout(10)
    local request = client:receive("l", 8192) or ""
    repeat local header = client:receive("l", 8192) until not header or header == ""
    local method, path = request:match("^(%u+) (/[^%s?#]*)")
    local file = method == "GET" and open(path)
    if file then
        client:send("HTTP/1.0 200 OK\r\n\r\n")
        client:sendfile(file, 0, file:seek("end")) -- a device has no end
        file:close()
    else
        client:send("HTTP/1.0 404 Not Found\r\n\r\nnot found\n")
    end
end)
print("listening on " .. tostring(server:address()))
