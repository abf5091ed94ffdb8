-- SPDX-License-Identifier: BSD-3-Clause
-- HTTP/1.1 for the peers that are Lua libraries: from a request's head to its answer.
local http = {}

local function response(status, body)
    return ("HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"):format(status,
        #body, body)
end

local FOUND, MISSING = response("200 OK", "Hello, world!\n"), response("404 Not Found", "")
local BAD = response("400 Bad Request", "")

-- The answer to a request without a body, and whether the connection is closed after it.
function http.answer(head)
    local first = head:find(" ", 1, true) -- as in ../servers/http.lua
    local second = first and head:find(" ", first + 1, true)
    if not second or head:sub(1, first - 1) ~= "GET" then return BAD, true end
    if head:sub(second + 1, second + 8) ~= "HTTP/1.1" then return BAD, true end
    local target = head:sub(first + 1, second - 1)
    local close = head:lower():find("\r\nconnection: close", 1, true)
    return target == "/hello" and FOUND or MISSING, close ~= nil
end

-- The answers to all whole requests in DATA, what is left of it, whether to close.
function http.answers(data)
    local answers, at = "", 1
    while true do
        local stop, last = data:find("\r\n\r\n", at, true)
        if not stop then return answers, data:sub(at), false end
        local answer, close = http.answer(data:sub(at, stop - 1))
        answers = answers .. answer
        if close then return answers, "", true end
        at = last + 1
    end
end

return http
