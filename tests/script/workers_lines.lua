-- SPDX-License-Identifier: BSD-3-Clause
-- What several workers print to the same place: no line has another in it.

local t = require "harness"
local files = require "files"

local workers, each = 4, 60

-- A program whose workers write lines of SIZE bytes, the end included, by the statement HOW, which
-- has the line without its end in `s`; then each says that it has.
local function program(how, size)
    return t.write_file(([[
        local sss = require "sss"
        local me = sss.workers(%d)
        local stop = sss.signal("TERM")
        %s
        local s = tostring(me):rep(%d)
        for i = 1, %d do
            write(s)
            if i %% 5 == 0 then sss.yield() end
        end
        io.stdout:flush()
        print("end")
        io.stdout:flush()
        stop:wait()]]):format(workers, how, size - 1, each))
end

-- Counts the whole lines that NEXT gives until every worker has ended, and checks all.
local function count(next_line, size)
    local whole, ended = 0, 0
    while ended < workers do
        local line = next_line()
        t.ok(line, "a line")
        if line == "end" then
            ended = ended + 1
        else
            t.ok(#line == size - 1 and line == line:sub(1, 1):rep(#line), "a whole line: " .. line)
            whole = whole + 1
        end
    end
    t.eq(whole, workers * each)
end

local quote = t.child.quote

local function to_pipe(how, size)
    local made = t.child.command(("exec %s %s"):format(quote(t.child.program), program(how, size)))
    t.after(function() made:kill "KILL" end)
    count(function() return made:line() end, size)
    made:kill "TERM"
    t.eq(select(2, made:rest()), 0)
end

local function to_file(how, size, redirection)
    local path = t.write_file ""
    local made = t.child.command(("exec %s %s %s%s 2>&1"):format(quote(t.child.program),
        program(how, size), redirection, path))
    t.after(function() made:kill "KILL" end)
    t.await("the end of all", function()
        return select(2, files.read(path):gsub("end\n", "")) == workers
    end)
    made:kill "TERM"
    t.eq(select(2, made:rest()), 0)
    count(files.read(path):gmatch("([^\n]*)\n"), size)
end

local ways = {
    ["print"] = "local write = print",
    ["print, line by line"] = "io.stdout:setvbuf('line') local write = print",
    ["io.write"] = "local function write(s) io.write(s, '\\n') end",
    ["io.write of one string"] = "local function write(s) io.write(s .. '\\n') end",
    ["several writes"] = [[local function write(s)
        io.stdout:write(s:sub(1, 100))
        io.stdout:write(s:sub(101))
        io.stdout:write("\n") end]],
    ["standard error"] = "local function write(s) io.stderr:write(s .. '\\n') end",
}

for name, how in pairs(ways) do
    t.test(name .. ": lines of up to 4,096 bytes in a pipe", function()
        for _, size in ipairs { 2, 1024, 1025, 1500, 4096 } do to_pipe(how, size) end
    end)
    t.test(name .. ": long lines in a file", function()
        for _, size in ipairs { 600, 5000, 65000 } do
            to_file(how, size, ">>")
            to_file(how, size, ">")
        end
    end)
end

local opened = {
    ["a file of its own"] = [[
        local out = io.open("/dev/stdout", "a")
        out:setvbuf("line")
        local function write(s) out:write(s, "\n") end]],
    ["a file of its own, several writes"] = [[
        local out = io.open("/dev/stdout", "a")
        out:setvbuf("line")
        local function write(s)
            out:write(s:sub(1, 100))
            out:write(s:sub(101))
            out:write("\n")
        end]],
}

for name, how in pairs(opened) do
    t.test(name .. ": lines of up to 4,096 bytes in a pipe", function()
        for _, size in ipairs { 2, 1024, 1025, 1500, 4096 } do to_pipe(how, size) end
    end)
end

t.run()
