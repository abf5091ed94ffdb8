-- Sends what is typed, line by line, and prints the answers.
local sss = require "sss"

local sock, reason = sss.connect(arg[1] or "127.0.0.1:7000", {timeout = 5})
if not sock then
    error("cannot connect: " .. reason)
end
for line in io.lines() do
    sock:send{line, "\n"}
    local answer, why = sock:receive("l")
    if not answer then
        error("no answer: " .. why)
    end
    print(answer)
end
sock:close()
