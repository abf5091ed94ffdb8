-- SPDX-License-Identifier: BSD-3-Clause
-- The files to be packed, each under one name: build.files().

local build = ...
local pack = build.pack

local SCRIPT_MAX = 64 * 1024 * 1024 -- bytes of source; more is no script
local FILES_MAX = 100000

function build.stat(path)
    local info, message = pack.stat(path)
    return info or build.fail("%s", message)
end

-- A path as people write it, for messages.
function build.shown(path)
    return (path:gsub("^%./+", ""))
end

-- The text of a script.
function build.read(file)
    if file.size > SCRIPT_MAX then
        build.fail("%s: a script has at most %d bytes, not %d", file.path, SCRIPT_MAX, file.size)
    end
    local handle, message = io.open(file.path, "rb")
    if not handle then build.fail("cannot read %s", message) end
    local text
    text, message = handle:read "*a"
    handle:close()
    return text or build.fail("cannot read %s: %s", file.path, message)
end

-- The packed name of a path that was written by a person ("" for the current folder), or nil and
-- why it has none.
function build.packed_name(path)
    local parts = {}
    if path:sub(1, 1) == "/" then return nil, "an absolute name" end
    for part in path:gmatch "[^/]+" do
        if part == ".." then return nil, "a name with '..'" end
        if part ~= "." then parts[#parts + 1] = part end
    end
    return table.concat(parts, "/")
end

-- The module that a packed name is found as, or nil.
function build.module_name(name)
    local stem = name:match "^(.*)%.lua$" or name:match "^(.*)%.moon$"
    if not stem or stem:find(".", 1, true) then return nil end
    return (stem:gsub("/init$", ""):gsub("/", "."))
end

local files = {}
files.__index = files

-- An empty set: an array, and indexes by packed name and by module.
function build.files()
    return setmetatable({names = {}, modules = {}}, files)
end

-- Who stands in the way of a file of this name: another file of the same name or module.
function files:rival(name, id)
    local module = build.module_name(name)
    for _, other in pairs {self.names[name] or false, module and self.modules[module] or false} do
        if other and other.id ~= id then return other end
    end
end

-- Adds {name=, path=, id=, size=, why=}; gives it, or the same file that was there before, and
-- whether it is new.
function files:add(file)
    local other = self:rival(file.name, file.id)
    if other and other.name == file.name then
        build.fail("%s and %s would both be packed as %s", other.path, file.path, file.name)
    elseif other then
        build.fail("%s and %s are both the module '%s'", other.path, file.path,
            build.module_name(file.name))
    elseif self.names[file.name] then
        return self.names[file.name], false
    elseif #self == FILES_MAX then
        build.fail("more than %d files", FILES_MAX)
    end
    self[#self + 1] = file
    self.names[file.name] = file
    local module = build.module_name(file.name)
    if module then self.modules[module] = file end
    return file, true
end

-- Adds the file, or all that is in the folder; `inside` are the folders on the way: a link back to
-- one of them is not followed.
local function add_tree(set, path, name, skip, inside)
    local info = build.stat(path)
    if info.type == "other" then
        build.fail("%s cannot be packed: it is neither a file nor a folder", path)
    elseif info.type == "file" then
        if skip[info.id] and next(inside) then return end
        set:add {name = name, path = path, id = info.id, size = info.size, why = "named"}
    elseif not inside[info.id] then
        local entries, message = pack.folder(path)
        inside[info.id] = true
        for _, entry in ipairs(entries or build.fail("%s", message)) do
            add_tree(set, path .. "/" .. entry, name == "" and entry or name .. "/" .. entry, skip,
                inside)
        end
        inside[info.id] = nil
    end
end

-- Adds what a person has named; in folders, files whose id is in `skip` (outputs) are left out.
function files:add_named(path, skip)
    local name, problem = build.packed_name(path)
    if not name then
        build.fail("%s: %s cannot be packed, since files keep their names; "
            .. "run build in a folder above it", path, problem)
    end
    build.stat(path) -- as it is written: "" and "file/" are none
    add_tree(self, name == "" and "." or name, name, skip, {})
end
