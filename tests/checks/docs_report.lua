-- SPDX-License-Identifier: BSD-3-Clause
-- Result lines of the documentation checks, and the little they share.

local report = {failed = 0}

-- One result line; REASON is told when it is not OK.
function report.check(name, ok, reason)
    if ok then
        print("ok " .. name)
    else
        report.failed = report.failed + 1
        print("not ok " .. name .. " (" .. tostring(reason or "failed") .. ")")
    end
    return ok
end

-- At the end of a check.
function report.exit()
    os.exit(report.failed == 0 and 0 or 1, true)
end

function report.read(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read("*a")
    file:close()
    return text
end

function report.quote(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- A shell command's whole output, and its exit status.
function report.run(command)
    local pipe = assert(io.popen(command))
    local output = pipe:read("*a")
    local _, _, status = pipe:close()
    return output, status
end

local function list(folder)
    local names = {}
    for name in report.run("ls " .. report.quote(folder)):gmatch("[^\n]+") do
        table.insert(names, name)
    end
    return names
end

-- The names of the files in FOLDER that end in one of the SUFFIXES.
function report.files(folder, ...)
    local names = {}
    for _, name in ipairs(list(folder)) do
        for _, suffix in ipairs{...} do
            if name:sub(-#suffix - 1) == "." .. suffix then table.insert(names, name) end
        end
    end
    return names
end

function report.scripts(folder)
    return report.files(folder, "lua", "moon")
end

-- The names of the folders in FOLDER.
function report.folders(folder)
    local names = {}
    for _, name in ipairs(list(folder)) do
        if not name:find(".", 1, true) then table.insert(names, name) end
    end
    return names
end

function report.exists(path)
    local file = io.open(path, "rb")
    if file then file:close() end
    return file ~= nil
end

return report
