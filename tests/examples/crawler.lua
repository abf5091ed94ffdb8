-- Visits every page of a site that its links lead to: crawler.lua [ADDRESS [PATH]]
local sss = require "sss"
local address = arg[1] or "127.0.0.1:8000"
local requests = sss.semaphore(8) -- at most so many at once
local seen = {}

local function get(path)
    local sock, reason = sss.connect(address, {timeout = 5})
    if not sock then error(reason, 0) end
    sock:settimeout(5):send("GET " .. path .. " HTTP/1.0\r\nHost: " .. address .. "\r\n\r\n")
    local page
    page, reason = sock:receive("a", 2 ^ 20)
    sock:close()
    return page or error(reason, 0)
end

-- All links of a page at once, each in a task; returns when the last of them has been visited.
local function visit(path)
    seen[path] = true
    local ok, page = pcall(requests.with, requests, get, path)
    if not ok then
        print(path, "failed: " .. tostring(page))
        return
    end
    print(path, page:match("^HTTP/%S+ (%d+)"))
    local tasks = {}
    for link in page:gmatch('href="(/[^"#]*)') do
        if not seen[link] then
            seen[link] = true
            table.insert(tasks, sss.spawn(visit, link))
        end
    end
    for _, task in ipairs(tasks) do
        task:join()
    end
end

visit(arg[2] or "/")
