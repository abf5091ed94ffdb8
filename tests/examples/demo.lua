-- Starts the echo server as a program of its own, talks to it over TCP, and ends it.
local sss = require "sss"

local function quote(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function start(script)
    local path = arg[0]:match("^.*/") or ""
    local command = "echo $$; exec timeout 20 %s %s 127.0.0.1:0 2>&1"
    local output = io.popen(command:format(quote(arg[-1]), quote(path .. script)))
    local pid, line = output:read("*l", "*l")
    print(line)
    return output, pid, line and line:match("^listening on (.+)")
end

local function talk(address)
    local sock = assert(sss.connect(address, {timeout = 5}))
    sock:settimeout(5)
    for _, line in ipairs{"hello", "is anybody there?", "goodbye"} do
        print("> " .. line)
        sock:send(line .. "\n")
        local answer, reason = sock:receive("l")
        print("< " .. (answer or reason))
        assert(answer == line, "the answer is not what was sent")
    end
    sock:close()
end

local output, pid, address = start("echo_server.lua")
assert(address, "the echo server did not start")
local ok, problem = pcall(talk, address)
os.execute("kill " .. pid)
output:close()
if not ok then
    io.stderr:write("demo: ", tostring(problem), "\n")
    os.exit(1)
end
print("the echo server has been ended")
