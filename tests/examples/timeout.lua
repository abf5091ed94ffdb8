-- A timeout loses nothing: what has come stays for the next read.
local sss = require "sss"
local here, there = sss.pair()

here:settimeout(0.1)
there:send("half a ")
print(here:receive("l")) --> nil  timeout
there:send("line\n")
print(here:receive("l")) --> half a line

-- sss.timeout() limits a whole piece of work.
here:settimeout(nil)
print(sss.timeout(0.1, function()
    there:send("one\n")
    return here:receive("l"), here:receive("l")
end)) --> nil  timeout
