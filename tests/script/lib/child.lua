-- SPDX-License-Identifier: BSD-3-Clause
-- Lua code run by the program under test, in a process of its own.

local files = require "files"

local child = {}
child.__index = child

-- The program that runs this script.
local function find_program()
    local lowest = -1
    while arg[lowest - 1] do lowest = lowest - 1 end
    return arg[lowest]
end
child.program = find_program()

-- For `before`: a program that ends by os.exit() frees nothing, which a sanitizer would report.
child.leaking = "export ASAN_OPTIONS=detect_leaks=0;"

function child.quote(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- child.command(command) -> a running shell command; its output (both kinds) is read with line()
-- and rest(). The shell's process id is in .pid; "exec" makes it that of the command.
function child.command(command)
    local inner = child.quote("echo $$; " .. command)
    local pipe = assert(io.popen("sh -c " .. inner .. " 2>&1; s=$?; echo; echo \"status $s\""))
    return setmetatable({ pipe = pipe, pid = tonumber(pipe:read("*l")) }, child)
end

-- child.start(code [, {before=, args=}]) -> CODE under way; `before` is put in front of it in the
-- shell ("ulimit -n 30; exec", default "exec"), `args` behind the script.
function child.start(code, options)
    options = options or {}
    local script = files.write(os.tmpname(), code)
    local made = child.command(("%s %s %s %s"):format(options.before or "exec",
        child.quote(child.program), script, options.args or ""))
    made.script = script
    return made
end

-- Runs CODE to its end -> output, exit status.
function child.run(code, options)
    return child.start(code, options):rest()
end

-- The next line of output.
function child:line()
    return self.pipe:read("*l")
end

-- Everything that is still to come, and the exit status (128 + number for a signal).
function child:rest()
    local text = self.pipe:read("*a")
    self.pipe:close()
    if self.script then os.remove(self.script) end
    local output, status = text:match("^(.*)\nstatus (%d+)\n$")
    if not output then
        output, status = text:match("^(.-)\n?status (%d+)\n$")
    end
    return output, tonumber(status)
end

function child:kill(signal)
    os.execute(("kill -%s %d 2>/dev/null"):format(signal or "KILL", self.pid))
end

return child
