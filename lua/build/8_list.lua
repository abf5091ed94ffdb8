-- SPDX-License-Identifier: BSD-3-Clause
-- `sssrun build --list`: what is inside, how large, and why.

local build = ...

local function put(size, name, why)
    name = name:gsub("%c", "?")
    io.write(("%10d  %s\n"):format(size, why and ("%-30s  %s"):format(name, why) or name))
end

-- The names and places of the files count as runtime.
local function put_totals(packed, whole)
    io.write(("%10d  packed\n%10d  runtime\n%10d  whole\n"):format(packed, whole - packed, whole))
end

local function reason(file)
    if not file.asker or file.why == "main" then return file.why end
    return ("required by %s:%d"):format(file.asker.name, file.line)
end

-- The files of a build with their reasons, the totals, and what could not be followed.
function build.list(set, whole)
    local packed = 0
    table.sort(set, function(a, b) return a.name < b.name end)
    for _, file in ipairs(set) do
        put(file.size, file.name, reason(file))
        packed = packed + file.size
    end
    put_totals(packed, whole)
    for _, note in ipairs(set.notes or {}) do
        local place = ("%s:%d: "):format(note.file.name, note.line)
        io.write(((place .. note.text):gsub("%c", "?")), "\n")
    end
end

-- The files of a finished program.
function build.list_bundle(path, contents)
    local packed = 0
    for _, file in ipairs(contents) do
        put(file.size, file.name, file.name == contents.main and "main" or nil)
        packed = packed + file.size
    end
    put_totals(packed, build.stat(path).size)
end
