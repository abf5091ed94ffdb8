-- SPDX-License-Identifier: BSD-3-Clause
-- HTTP/1.1: GET or HEAD of /hello, connections that stay open. Prints its port.
local sss = require "sss"
io.stdout:setvbuf("line")

local hello = "Hello, world!\n"
local reasons = {
    [200] = "OK", [400] = "Bad Request", [404] = "Not Found", [405] = "Method Not Allowed",
    [501] = "Not Implemented",
}

local function response(status, body, close)
    return ("HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n%s\r\n"):format(
        status, reasons[status], #body, close and "Connection: close\r\n" or "")
end

local found = response(200, hello) .. hello

-- The value of a field in the head, which is in small letters; nil when it is not there.
local function field(head, name)
    local _, colon = head:find(name, 1, true)
    return colon and head:match("^[ \t]*([^\r]*)", colon + 1)
end

-- Method, target and version of a request line; nil where something is missing. By plain searches,
-- which the JIT compiler compiles; it does not compile patterns.
local function request_line(head)
    local first = head:find(" ", 1, true)
    local second = first and head:find(" ", first + 1, true)
    if not second or first == 1 or second == first + 1 then return nil end
    return head:sub(1, first - 1), head:sub(first + 1, second - 1), head:sub(second + 1, second + 8)
end

-- What to answer, whether to close after it, and how many bytes of a body follow the head.
local function answer(head)
    local method, target, version = request_line(head)
    if version ~= "HTTP/1.1" and version ~= "HTTP/1.0" then return response(400, "", true), true end
    local fields = head:lower()
    local option = field(fields, "\r\nconnection:")
    local close = version == "HTTP/1.0" and option ~= "keep-alive" or option == "close"
    if field(fields, "\r\ntransfer-encoding:") then return response(501, "", true), true end
    local length = field(fields, "\r\ncontent-length:") or 0
    local body = tonumber(length)
    if not body then return response(400, "", true), true end
    if method ~= "GET" and method ~= "HEAD" then return response(405, "", close), close, body end
    if target ~= "/hello" then return response(404, "", close), close, body end
    if method == "HEAD" then return response(200, hello, close), close, body end
    return close and response(200, hello, close) .. hello or found, close, body
end

local server = sss.serve("127.0.0.1:0", function(client)
    for head in function() return client:receiveuntil("\r\n\r\n") end do
        local text, close, body = answer(head)
        client:send(text)
        if close then return end
        if body > 0 then client:receive(body) end
    end
end)
print(server:address().port)
