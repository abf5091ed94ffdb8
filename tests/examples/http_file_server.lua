-- Serves the files of a folder over HTTP/1.0: http_file_server.lua [ADDRESS [FOLDER]]
local sss = require "sss"
io.stdout:setvbuf("line")
local folder = arg[2] or "."

-- The file that a request names, or nil; never one outside of the folder.
local function open(path)
    path = path:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
    if path:find("%c") or (path .. "/"):find("/../", 1, true) then return nil end
    local file = io.open(folder .. path:gsub("/$", "/index.html"), "rb")
    local is_folder = file and select(2, file:read(0))
    return not is_folder and file
end

local server = sss.serve(arg[1] or "127.0.0.1:8000", function(client)
    client:settimeout(10)
    local request = client:receive("l", 8192) or ""
    repeat local header = client:receive("l", 8192) until not header or header == ""
    local method, path = request:match("^(%u+) (/[^%s?#]*)")
    local file = method == "GET" and open(path)
    if file then
        client:send("HTTP/1.0 200 OK\r\n\r\n")
        client:sendfile(file)
        file:close()
    else
        client:send("HTTP/1.0 404 Not Found\r\n\r\nnot found\n")
    end
end)
print("listening on " .. tostring(server:address()))
