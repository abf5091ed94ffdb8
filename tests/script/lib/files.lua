-- SPDX-License-Identifier: BSD-3-Clause
-- Files and commands, in one line each.

local files = {}

-- What a file holds; nil when it cannot be opened.
function files.read(path)
    local file = io.open(path, "rb")
    if not file then return nil end
    local text = file:read("*a")
    file:close()
    return text
end

-- Makes PATH a file that holds TEXT; gives PATH.
function files.write(path, text)
    local file = assert(io.open(path, "wb"))
    assert(file:write(text))
    assert(file:close())
    return path
end

-- What a shell command writes to its standard output.
function files.output(command)
    local pipe = assert(io.popen(command))
    local text = pipe:read("*a")
    pipe:close()
    return text
end

return files
