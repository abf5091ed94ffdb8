-- SPDX-License-Identifier: BSD-3-Clause
-- Reads lua/meta/sss.lua: what it documents, by class.

local meta = {}

-- TEXT -> functions[TABLE][NAME] = {params=, first=, documented=}, fields[CLASS][NAME] = true.
-- TABLE is the local name in front of the dot or colon ("sss", "socket"), CLASS the annotated one.
function meta.read(text)
    local functions, fields = {}, {}
    local class, first, documented
    for line in text:gmatch("([^\n]*)\n") do
        local table_name, name, params = line:match("^function (%a+)[.:]([%w_]+)%((.-)%) end$")
        if table_name then
            functions[table_name] = functions[table_name] or {}
            functions[table_name][name] = {params = params, first = first,
                                           documented = table.concat(documented, ", ")}
        end
        if line:sub(1, 3) ~= "---" then
            class, first, documented = nil, nil, {}
        else
            first = first or line:sub(4)
            class = line:match("^%-%-%-@class ([%w.]+)") or class
            local field = line:match("^%-%-%-@field ([%w_]+)")
            local param = line:match("^%-%-%-@param ([%w_.]+)")
            if field then
                fields[class] = fields[class] or {}
                fields[class][field] = true
            end
            table.insert(documented, param)
        end
    end
    return functions, fields
end

return meta
